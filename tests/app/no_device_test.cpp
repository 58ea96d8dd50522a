// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "metasolve/detail/exec/plugin.hpp"
#include "metasolve/error.hpp"
#include "metasolve/executor.hpp"
#include "tests/support/command.hpp"

/// Without a CUDA device: in a build without CUDA, and in a CUDA build on a machine without a driver.
namespace metasolve::no_device_test {
namespace {

class NoDevice : public ::testing::Test {
 protected:
  void SetUp() override {
    if (exec::device_count("cuda") > 0) GTEST_SKIP() << "there is a CUDA device";
    auto const info = nlohmann::json::parse(test::metasolve({"doctor", "--json"}).out)["cuda"];
    EXPECT_EQ(info["built"].get<bool>(), exec::find_plugin("cuda") != nullptr);
    why_ = info["problem"].get<std::string>();
    remedy_ = !info["built"].get<bool>() ? "built without CUDA"
              : info["driver"] == "none" ? "no NVIDIA driver"
                                         : "CUDA";
  }
  std::string why_, remedy_;
};

TEST_F(NoDevice, CudaIsADeviceErrorWithItsCauseAndRemedy) {
  for (std::string const name : {"cuda", "cuda:0", "cuda:3"}) {
    try {
      (void)Executor::open(name);
      ADD_FAILURE() << "opened " << name;
    } catch (DeviceError const& error) {
      EXPECT_NE(std::string(error.what()).find(why_), std::string::npos) << error.what();
    }
  }
  EXPECT_THROW((void)Executor::cuda(), DeviceError);
  EXPECT_NE(why_.find(remedy_), std::string::npos) << why_;
  EXPECT_NE(why_.find("\"cpu\""), std::string::npos) << why_;
}

TEST_F(NoDevice, AutoTakesTheCpuAlsoAfterAFailure) {
  EXPECT_EQ(Executor::open("auto").kind(), DeviceKind::cpu);
  EXPECT_THROW((void)Executor::cuda(), DeviceError);
  EXPECT_EQ(Executor::open("auto").kind(), DeviceKind::cpu);
}

TEST_F(NoDevice, TheDoctorSaysSo) {
  auto const found = test::metasolve({"doctor"});
  EXPECT_EQ(found.status, 0) << found.err;
  EXPECT_NE(found.out.find("CUDA devices: none: " + why_), std::string::npos) << found.out;
  EXPECT_NE(found.out.find("--device auto uses: CPU"), std::string::npos) << found.out;
  auto const refused = test::metasolve({"doctor", "--device", "cuda:0"});
  EXPECT_EQ(refused.status, 2);
  EXPECT_NE(refused.out.find("--device cuda:0 cannot be used: "), std::string::npos) << refused.out;
}

}  // namespace
}  // namespace metasolve::no_device_test
