// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "metasolve/detail/io/atomic_file.hpp"
#include "metasolve/detail/io/read_file.hpp"
#include "metasolve/error.hpp"
#include "tests/support/temporary_folder.hpp"

/// A file that several write together is there when it is whole, or not at all.
namespace metasolve::io {
namespace {

TEST(PartialFile, IsWholeOrNotThere) {
  test::TemporaryFolder const folder;
  auto const path = folder / "rows.csv";
  {
    PartialFile created(path);
    PartialFile joined(path, created.temporary());
    joined.write(6, "second\n");
    created.write(0, "first\n");
    EXPECT_FALSE(std::filesystem::exists(path));
    joined.close();
    created.close();
    created.finish();
  }
  EXPECT_EQ(read_file(path), "first\nsecond\n");
  { PartialFile const abandoned(path); }
  EXPECT_EQ(read_file(path), "first\nsecond\n");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(path.parent_path()), {}), 1);
}

TEST(PartialFile, WhoDoesNotSeeTheFolderSaysSo) {
  test::TemporaryFolder const folder;
  try {
    PartialFile const joined(folder / "rows.csv", folder / "of-another-machine");
    FAIL();
  } catch (OutputError const& error) {
    EXPECT_NE(std::string(error.what()).find("all machines share"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace metasolve::io
