// SPDX-License-Identifier: Apache-2.0
#include "tests/support/robertson_command.hpp"

/// User errors in Robertson's tasks, and the resulting messages.
namespace metasolve::robertson_bad_input_test {
namespace {

using namespace test;

class RobertsonBadInput : public RobertsonCli {
 protected:
  /// Exit status 2, all parts in the message, and no file changed.
  void refuse(Words const& arguments, Words const& parts) const {
    auto const before = contents(folder_.path());
    auto const result = metasolve(arguments);
    EXPECT_EQ(result.status, 2) << testing::PrintToString(arguments) << result.out << result.err;
    for (auto const& part : parts)
      EXPECT_NE(result.err.find(part), std::string::npos) << result.err << "lacks " << part;
    EXPECT_TRUE(contents(folder_.path()) == before) << "a refused command changed files";
  }
  void refuse_solve(std::string const& tasks, Words const& more, Words const& parts) const {
    auto const out = folder_.write("out.csv", "old\n").string();
    refuse(Words{"solve", "--problem", "robertson", "--tasks", tasks, "--out", out} + more + cpu, parts);
  }
  /// Uses the row as the second of two.
  void refuse_row(std::string const& row, Words const& parts) const {
    auto const text = "c1,c2,c3,h,y1,y2,y3\n0.04,3e7,1e4,0.1,1,0,0\n" + row + "\n";
    refuse_solve(folder_.write("tasks.csv", text).string(), {}, Words{"tasks.csv"} + parts);
  }
  void refuse_integrate(Words const& more, Words const& parts) const {
    refuse(Words{"integrate", "--trajectory", folder_.write("t.csv", "old\n").string()} + more, parts);
  }
  void refuse_config(std::string const& config, std::string const& setting, Words const& parts) const {
    refuse({"train", config, "--out", at("run"), "--set", setting},
           Words{setting.substr(0, setting.find('='))} + parts);
  }
};

TEST_F(RobertsonBadInput, Tasks) {
  refuse_row("0.04,3e7,1e4,0,1,0,0", {"row 2", "h is 0", "more than 0"});
  refuse_row("0.04,3e7,1e4,-0.5,1,0,0", {"row 2", "h is -0.5", "more than 0"});
  refuse_row("0,3e7,1e4,0.1,1,0,0", {"row 2", "c1 is 0"});
  refuse_row("0.04,-3,1e4,0.1,1,0,0", {"row 2", "c2 is -3"});
  refuse_row("0.04,3e7,-1e4,0.1,1,0,0", {"row 2", "c3 is -10000"});
  refuse_row("0.04,3e7,1e4,0.1,2.5,0,0", {"row 2", "y1 is 2.5", "-1 to 2"});
  refuse_row("0.04,3e7,1e4,0.1,1,-1.5,0", {"row 2", "y2 is -1.5", "-1 to 2"});
  refuse_row("0.04,3e7,1e4,0.1,1,0,1e300", {"row 2", "y3 is 1"});
  refuse_row("0.04,3e7,1e4,0.1,1,nan,0", {"tasks.csv:3", "y2", "not finite"});
  refuse_row("0.04,3e7,inf,0.1,1,0,0", {"tasks.csv:3", "c3", "not finite"});
  refuse_row("0.04,3e7,x,0.1,1,0,0", {"tasks.csv:3", "c3", "\"x\""});
  refuse_row("0.04,3e7,1e4,0.1,1,0", {"tasks.csv:3", "6 cells"});
  refuse_solve(folder_.write("short.csv", "c1,c2,h,y1,y2,y3\n0.04,3e7,0.1,1,0,0\n").string(), {},
               {"short.csv:1", "lacks c3"});
  refuse_solve(METASOLVE_SOURCE_DIR "/tests/data/poisson.csv", {},
               {"poisson.csv:1", "lacks c1, c2, c3, h, y1, y2, y3"});
}

TEST_F(RobertsonBadInput, OptionsOfSolve) {
  for (std::string const factor : {"0", "2", "-1", "nan", "inf"}) {
    refuse_solve(reference, {"--relaxation", factor}, {"--relaxation", "given " + factor, "less than 2"});
  }
  refuse_solve(reference, {"--measure", "relative-residual"}, {"--measure", "robertson"});
  for (std::string const learn : {"relax", "both"}) {
    auto const run = trained(learn, {"solver.learn=" + learn});
    refuse_solve(reference, {"--relaxation", "1.2", "--model", run}, {"--relaxation", "model"});
    refuse({"evaluate", run, "--set", "solver.learn=ini"}, {"solver.learn", "ini", learn});
  }
  auto const poisson_tasks = METASOLVE_SOURCE_DIR "/tests/data/poisson.csv";
  auto const solve_poisson = Words{"solve", "--tasks", poisson_tasks, "--out", at("out.csv")};
  refuse(solve_poisson + Words{"--relaxation", "1.2"}, {"--relaxation", "poisson"});
  refuse(solve_poisson + Words{"--model", at("both")}, {"--problem", "poisson", "robertson"});
  auto const poisson = trained("poisson", {}, poisson_config);
  refuse_solve(reference, {"--model", poisson}, {"--problem", "robertson", "poisson"});
  refuse({"integrate", "--model", poisson}, {"--model", "poisson", "robertson"});
}

TEST_F(RobertsonBadInput, Configurations) {
  refuse_config(robertson_config, "problem.unknowns=8", {"8", "poisson", "robertson"});
  refuse_config(robertson_config, "problem.hard_fraction=0.5", {"0.5", "poisson", "robertson"});
  refuse_config(poisson_config, "problem.steps=5", {"5", "poisson", "robertson"});
  refuse_config(poisson_config, "solver.learn=relax", {"relax", "poisson", "robertson"});
  refuse_config(robertson_config, "optimizer.kind=levenberg_marquardt", {"adam", "robertson"});
  refuse_config(robertson_config, "solver.precision=float", {"double", "robertson"});
  refuse_config(robertson_config, "solver.relaxation=2.0", {"2"});
  refuse_config(robertson_config, "problem.name=heat", {"heat", "poisson, robertson"});
}

TEST_F(RobertsonBadInput, OptionsOfTune) {
  refuse({"tune", poisson_config}, {"tune", "poisson", "robertson"});
  for (Words const& grid : {Words{"--from", "0"}, {"--to", "2.5"}, {"--spacing", "0"}, {"--from", "nan"}}) {
    refuse(Words{"tune", robertson_config} + little + grid, {"tune", "0 < from <= to < 2"});
  }
}

TEST_F(RobertsonBadInput, EndlessGridOfTune) {
  refuse(Words{"tune", robertson_config, "--spacing", "1e-12"} + little, {"tune", "spacing"});
}

TEST_F(RobertsonBadInput, OptionsOfIntegrate) {
  refuse_integrate({"--problem", "nonsense"}, {"nonsense", "robertson, van_der_pol, orego, hires, pollution"});
  refuse_integrate({"--problem", "hires", "--sets", "3"}, {"--sets", "robertson", "hires"});
  refuse_integrate({"--problem", "hires", "--model", trained("run")}, {"--model", "robertson", "hires"});
  refuse_integrate({"--model", at("absent")}, {"absent"});
  for (auto const* option : {"--end-time", "--tolerance", "--relaxation", "--steps", "--sets"}) {
    for (auto const* value : {"-1", "0", "x"}) refuse_integrate({option, value}, {option});
  }
  refuse_integrate({"--spacing", "cubic"}, {"--spacing", "linear"});
}
TEST_F(RobertsonBadInput, OptionsOfIntegrateThatAreNoNumber) {
  for (auto const* option : {"--end-time", "--tolerance", "--relaxation"}) {
    refuse_integrate({option, "nan", "--steps", "3"}, {option});
  }
}
TEST_F(RobertsonBadInput, TrajectoryInPlaceOfTheModel) {
  auto const run = trained("run");
  refuse({"integrate", "--model", run, "--steps", "3", "--trajectory", run + "/best.safetensors"}, {"--trajectory"});
}
TEST_F(RobertsonBadInput, MisspeltKeyOfIntegrate) {
  refuse_integrate({"--set", "solver.relaxaton=1.2", "--steps", "3"}, {"solver.relaxation"});
}

}  // namespace
}  // namespace metasolve::robertson_bad_input_test
