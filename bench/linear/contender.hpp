// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "system.hpp"

/// Who solves: our solvers and other people's, all with one thread.
namespace metasolve::bench::linear {

/// A way to solve a set's systems, one after the other or, ours, as a batch.
class Contender {
 public:
  Contender() = default;
  Contender(Contender const&) = delete;
  Contender& operator=(Contender const&) = delete;
  virtual ~Contender() = default;

  /// What is done once for a pattern. Measured by itself; may be called again and then starts anew.
  virtual void analyse() = 0;
  /// Solves all tasks from their values, factorisations included; x [tasks][unknowns]. A task that fails: NaN.
  virtual void solve(double* x) = 0;
  /// Of the last `solve`, the mean over the tasks; direct methods: refinements.
  [[nodiscard]] virtual double iterations() const { return 0; }
  /// Further information for the reader of the table, as a shift that was chosen.
  [[nodiscard]] virtual std::string note() const { return {}; }
};

enum class Family { direct, krylov };

struct Entry {
  std::string name;  ///< "cholesky", or "Eigen SimplicialLLT"
  bool ours = false;
  Family family = Family::direct;
  std::function<bool(System const&)> applies;
  /// Converts the set to the contender's own format, which is not measured.
  std::function<std::unique_ptr<Contender>(System const&)> make;
  /// Ours: calls of so many tasks; 0: all at once.
  std::int64_t batch = 0;
};

/// All that are compiled in, in the order of their files: each adds its own before main begins.
std::vector<Entry>& entries();
/// Names and versions of other people's libraries.
std::vector<std::pair<std::string, std::string>>& versions();

struct Registered {
  template <class Add>
  explicit Registered(Add const& add) {
    add(entries(), versions());
  }
};

inline bool is_positive_definite(System const& s) { return s.kind == Kind::positive_definite; }
/// Of larger ones a simplicial factorisation takes many times as long as a supernodal one.
inline bool suits_simplicial(System const& s) { return is_positive_definite(s) && s.unknowns() <= 15'000; }
inline bool is_sparse(System const& s) { return s.kind != Kind::dense; }
inline bool is_no_sweep(System const& s) { return is_sparse(s) && !s.sweep; }
inline bool is_general(System const& s) { return s.kind == Kind::general; }
inline bool is_dense(System const& s) { return s.kind == Kind::dense; }

}  // namespace metasolve::bench::linear
