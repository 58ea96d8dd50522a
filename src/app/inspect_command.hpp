// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace metasolve::app {

struct InspectOptions {
  std::string file;  ///< a model, a checkpoint or the folder of a run
  bool json = false;
};

void add_inspect_options(CLI::App& command, InspectOptions& options);
/// `metasolve inspect`: describes a model. Needs neither its problem nor the program that trained it.
int run_inspect(InspectOptions const& options);

struct ExportOptions {
  std::string file;            ///< as in InspectOptions
  std::string out;             ///< output file
  std::string which = "best";  ///< checkpoint of a folder
};

void add_export_options(CLI::App& command, ExportOptions& options);
/// `metasolve export`: writes the model of a checkpoint, also of the earlier format, to a separate file.
int run_export(ExportOptions const& options);

}  // namespace metasolve::app
