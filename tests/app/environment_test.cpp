// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <link.h>

#include "build_info.hpp"
#include "tests/support/command.hpp"

/// Environment settings for libraries that read them before main, without restarting the program.
namespace metasolve::environment_test {
namespace {

using test::Command;

/// Standard error of `metasolve --version`, where OpenMP's runtime prints its settings.
std::string settings(std::vector<std::string> const& environment) {
  std::vector<std::string> all{"/usr/bin/env", "-u", "GOMP_SPINCOUNT", "-u", "OMP_WAIT_POLICY"};  // the tests have one
  all.insert(all.end(), environment.begin(), environment.end());
  all.insert(all.end(), {"OMP_DISPLAY_ENV=VERBOSE", METASOLVE_BINARY, "--version"});
  auto const result = Command(all).wait();
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.out, std::string("metasolve ") + build_info::version + "\n");
  return result.err;
}
bool holds(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

TEST(Environment, ThreadsSpinForAShortWhile) {
  if (!holds(settings({}), "GOMP_SPINCOUNT")) GTEST_SKIP() << "another OpenMP runtime than GCC's";
  EXPECT_TRUE(holds(settings({}), "GOMP_SPINCOUNT = '10000'"));
  EXPECT_TRUE(holds(settings({"-i", "PATH=/bin"}), "GOMP_SPINCOUNT = '10000'"));
  EXPECT_TRUE(holds(settings({"GOMP_SPINCOUNT=77"}), "GOMP_SPINCOUNT = '77'")) << "the caller's stays";
  EXPECT_FALSE(holds(settings({"OMP_WAIT_POLICY=ACTIVE"}), "GOMP_SPINCOUNT = '10000'")) << "the caller's stays";
}

/// The program's interpreter, as in `ld.so metasolve`.
int find_loader(dl_phdr_info* info, std::size_t, void* found) {
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    auto const& header = info->dlpi_phdr[i];
    if (header.p_type == PT_INTERP) {
      *static_cast<std::string*>(found) = reinterpret_cast<char const*>(info->dlpi_addr + header.p_vaddr);
      return 1;
    }
  }
  return 0;
}

TEST(Environment, StartedByTheLoaderItIsTheSameProgram) {
  std::string loader;
  if (::dl_iterate_phdr(find_loader, &loader) == 0) GTEST_SKIP() << "a program without a loader";
  auto const result = Command({"/usr/bin/env", "-u", "GOMP_SPINCOUNT", "-u", "OPENBLAS_CORETYPE", loader,
                               METASOLVE_BINARY, "--version"})
                          .wait();
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.out, std::string("metasolve ") + build_info::version + "\n");
}

}  // namespace
}  // namespace metasolve::environment_test
