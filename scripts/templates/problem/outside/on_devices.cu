#include "@name@.hpp"

/// Compiles the problem for CUDA devices.
static bool const on_devices = metasolve::compile_training<@Name@Problem>();
