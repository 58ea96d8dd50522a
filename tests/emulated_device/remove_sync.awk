# SPDX-License-Identifier: Apache-2.0
# Removes one team.sync(): the one number `site` (empty: the first) of those that follow a line that matches `after`.
# Fails if there is none.
$0 ~ after { armed = 1 }
armed && /team[.]sync/ && ++seen == (site ? site : 1) { removed = sub(/team[.]sync\(\)/, "(void)team") }
{ print }
END { exit !removed }
