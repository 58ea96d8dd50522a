# SPDX-License-Identifier: Apache-2.0
# Spack's recipe. Into a repository of one's own: spack repo create REPO metasolve_repo; copy this file to
# packages/metasolve/package.py there; spack repo add REPO. Then, from a checkout: spack dev-build metasolve@0.1.0

import re

from spack_repo.builtin.build_systems.cmake import CMakePackage, generator
from spack_repo.builtin.build_systems.cuda import CudaPackage

from spack.package import *


class Metasolve(CMakePackage, CudaPackage):
    """Batched iterative solves in lockstep on CPUs and CUDA devices, and a meta-solver, a small neural network that
    learns their parameters from the number of iterations they take."""

    license("Apache-2.0")

    # Without an address: there is no released archive yet, and dev-build needs none.
    version("0.1.0")

    variant("shared", default=True, description="Build the library shared")
    variant("app", default=True, description="Build the command line")
    variant("tests", default=False, description="Build the tests and benchmarks, which are not installed")

    generator("ninja")

    depends_on("cxx", type="build")
    depends_on("cmake@3.25:", type="build")
    depends_on("pkgconfig", type="build")

    # Its threads are the library's own: each calls the BLAS for itself.
    depends_on("openblas threads=openmp")
    depends_on("tomlplusplus@3.1:")
    depends_on("zlib-api")
    depends_on("minizip")
    depends_on("nlohmann-json@3.10:", type="build")
    depends_on("random123@1.13:", type="build")
    depends_on("boost@1.74:", type="build")
    depends_on("eigen@3.4:", type="build")
    depends_on("cli11@2.1:", type="build", when="+app")
    depends_on("googletest@1.11:", type="build", when="+tests")
    depends_on("benchmark", type="build", when="+tests")
    depends_on("cuda@12:", when="+cuda")

    conflicts("%gcc@:11", msg="C++20 as of GCC 12")
    conflicts("%clang@:13", msg="C++20 as of Clang 14")
    conflicts("+tests", when="~app", msg="the tests run the command line")
    # All architectures that the package serves would be the build's choice; Spack's users name theirs.
    conflicts("cuda_arch=none", when="+cuda", msg="name the devices: cuda_arch=90, say")

    def target_arch(self):
        """-march of the target; empty where the compiler has another flag for it, which Spack's wrappers add. Said to
        CMake although they add this one too: who compiles the library's templates outside of Spack must be told, or
        their vectors would be narrower than the library's."""
        compiler = self.spec["cxx"]
        try:
            flags = self.spec.target.optimization_flags(
                compiler.package.archspec_name(), compiler.version.dotted_numeric_string
            )
        except ValueError:  # a target that the compiler does not know; the wrappers add nothing then
            return ""
        march = re.search(r"-march=(\S+)", flags)
        return march.group(1) if march else ""

    def cmake_args(self):
        args = [
            self.define("METASOLVE_CUDA", "ON" if self.spec.satisfies("+cuda") else "OFF"),
            self.define_from_variant("BUILD_SHARED_LIBS", "shared"),
            self.define_from_variant("METASOLVE_APP", "app"),
            self.define_from_variant("METASOLVE_TESTS", "tests"),
            self.define_from_variant("METASOLVE_BENCH", "tests"),
            self.define("METASOLVE_CPU_ARCH", self.target_arch()),
        ]
        if self.spec.satisfies("+cuda"):
            args.append(self.define("CMAKE_CUDA_COMPILER", self.spec["cuda"].prefix.bin.nvcc))
            args.append(self.define("CMAKE_CUDA_ARCHITECTURES", self.spec.variants["cuda_arch"].value))
        return args

    def test_doctor(self):
        """the installed command line starts and finds a device"""
        if self.spec.satisfies("~app"):
            raise SkipTest("needs +app")
        metasolve = which(self.prefix.bin.metasolve, required=True)
        assert "--device auto uses" in metasolve("doctor", output=str.split, error=str.split)
