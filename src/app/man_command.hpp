// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace metasolve::app {

/// `metasolve man`: the manual page, for man and groff.
int run_man(CLI::App const& program);

}  // namespace metasolve::app
