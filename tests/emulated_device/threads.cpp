// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <bit>
#include <boost/context/fiber.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>
#include <map>
#include <vector>

#include "tests/emulated_device/cuda_language.hpp"
#include "tests/emulated_device/device.hpp"

/// Threads of a kernel as fibers, one of which runs at a time until it has to wait.
namespace emulated {

namespace {

using boost::context::fiber;
using boost::context::stack_context;

constexpr unsigned warp_size = 32;

struct Block;

struct Lane {
  std::array<unsigned, 12> coordinates;
  Reach reach;
  Block* block = nullptr;
  unsigned index = 0;
  Call waits = Call::none;
  unsigned mask = 0;     ///< for a barrier: its number
  unsigned threads = 0;  ///< for a barrier: how many threads it waits for
  std::uint64_t value = 0;
  unsigned from_lane = 0;
  void const* code = nullptr;
  bool has_ended = false;
  fiber context;
};

struct Block {
  int slot = 0;
  std::uint64_t number = 0;
  std::vector<Lane> lanes;
  std::vector<Lane*> ready;
  std::size_t running = 0;                ///< lanes that have not ended
  std::array<std::size_t, 16> waiting{};  ///< lanes at each barrier

  [[nodiscard]] Lane* lane(unsigned warp, unsigned l) {
    std::size_t const index = warp * std::size_t{warp_size} + l;
    return index < lanes.size() ? &lanes[index] : nullptr;
  }
};

/// Stacks are reused: mapping one takes longer than most threads run.
struct KeptStacks {
  static constexpr std::size_t bytes = 256 << 10;
  static std::vector<stack_context>& kept() {
    static std::vector<stack_context> stacks;
    return stacks;
  }
  static stack_context allocate() {
    if (kept().empty()) return boost::context::protected_fixedsize_stack(bytes).allocate();
    stack_context const stack = kept().back();
    kept().pop_back();
    return stack;
  }
  static void deallocate(stack_context& stack) { kept().push_back(stack); }
};
/// Passes its stack to the thread.
struct StackOf {
  Lane* lane;
  stack_context allocate() const {
    stack_context const stack = KeptStacks::allocate();
    lane->reach.stack_end = static_cast<unsigned char const*>(stack.sp);
    lane->reach.stack_begin = lane->reach.stack_end - stack.size;
    return stack;
  }
  static void deallocate(stack_context& stack) { KeptStacks::deallocate(stack); }
};

thread_local Lane* running = nullptr;
fiber scheduler;
Launch const* kernel = nullptr;

std::string name_of(Call call) {
  switch (call) {
    case Call::sync:
      return "__syncwarp";
    case Call::ballot:
      return "a ballot";
    case Call::shuffle:
      return "a shuffle";
    case Call::active:
      return "__activemask";
    case Call::barrier:
      return "a barrier of the block";
    default:
      return "nothing";
  }
}

void make_ready(Lane& lane) {
  lane.waits = Call::none;
  lane.block->ready.push_back(&lane);
}

void require_one_place(Lane const& a, Lane const& b) {
  if (a.code == b.code) return;
  std::string const at_a = source_of(a.code), at_b = source_of(b.code);
  if (at_a != at_b) fail("threads meet at different calls:\n" + at_a + "and\n" + at_b, b.code);
}

/// Resumes the lanes of a mask if all of them have arrived.
void try_warp(Lane& last) {
  unsigned const warp = last.index / warp_size;
  for (unsigned m = last.mask; m != 0; m &= m - 1) {
    Lane const* const o = last.block->lane(warp, static_cast<unsigned>(std::countr_zero(m)));
    if (o == nullptr || o->waits != last.waits || o->mask != last.mask) return;
  }
  std::array<std::uint64_t, warp_size> values{};
  std::uint64_t ballot = 0;
  for (unsigned m = last.mask; m != 0; m &= m - 1) {
    auto const l = static_cast<unsigned>(std::countr_zero(m));
    Lane const& o = *last.block->lane(warp, l);
    require_one_place(last, o);
    values[l] = o.value;
    ballot |= o.value << l;
  }
  bool const shuffles = last.waits == Call::shuffle;
  if (last.waits == Call::sync) ++now;
  for (unsigned m = last.mask; m != 0; m &= m - 1) {
    Lane& o = *last.block->lane(warp, static_cast<unsigned>(std::countr_zero(m)));
    if (shuffles && (o.mask >> o.from_lane & 1u) == 0) fail("a shuffle from a lane outside of its mask", o.code);
    o.value = shuffles ? values[o.from_lane] : ballot;
    if (o.waits == Call::sync) o.reach.met_warp = now, o.reach.warp_mask = o.mask;
    make_ready(o);
  }
}

void try_barrier(Lane const& last) {
  auto& lanes = last.block->lanes;
  unsigned const barrier = last.mask;
  std::size_t& waiting = last.block->waiting[barrier];
  if (++waiting < (last.threads == 0 ? lanes.size() : last.threads)) return;
  waiting = 0;
  ++now;
  unsigned const first = last.threads;
  for (Lane& l : lanes) {
    if (l.waits != Call::barrier || l.mask != barrier) continue;
    require_one_place(last, l);
    if (first == 0) {
      l.reach.met_block = now;
    } else {
      l.reach.met_first = now, l.reach.first_threads = first;
    }
    make_ready(l);
  }
}

void wait() { scheduler = std::move(scheduler).resume(); }

/// Resumes lanes at __activemask: together, or with a seed some of them. Returns whether there are any.
bool release_active(Block& block) {
  for (unsigned w = 0; w * warp_size < block.lanes.size(); ++w) {
    unsigned here = 0;
    for (unsigned l = 0; l < warp_size; ++l) {
      Lane const* const lane = block.lane(w, l);
      if (lane != nullptr && lane->waits == Call::active) here |= 1u << l;
    }
    if (here == 0) continue;
    if (settings.seed != 0) {
      auto const some = here & static_cast<unsigned>(random_below(std::uint64_t{1} << 32));
      if (some != 0) here = some;
    }
    for (unsigned m = here; m != 0; m &= m - 1) {
      Lane& lane = *block.lane(w, static_cast<unsigned>(std::countr_zero(m)));
      lane.value = here;
      make_ready(lane);
    }
    return true;
  }
  return false;
}

[[noreturn]] void report_deadlock(Block const& block) {
  std::map<std::string, std::vector<unsigned>> threads;
  for (Lane const& lane : block.lanes) {
    std::string what = "have ended\n";
    if (!lane.has_ended) {
      what = "wait at " + name_of(lane.waits);
      if (lane.waits != Call::barrier) what += " with mask " + std::to_string(lane.mask);
      what += ":\n" + source_of(lane.code);
    }
    threads[what].push_back(lane.index);
  }
  std::string text = "no thread of block " + std::to_string(block.number) + " can go on:\n";
  for (auto const& [what, which] : threads) {
    text += "  threads";
    for (unsigned const i : which) text += " " + std::to_string(i);
    text += " " + what;
  }
  fail(text);
}

void start_block(Block& block, int slot, std::uint64_t number) {
  dim3 const grid = kernel->grid, size = kernel->block;
  unsigned char const* const shared = fresh_shared_memory(slot, kernel->shared_bytes);
  auto const* const arguments = static_cast<unsigned char const*>(kernel->arguments.get());
  block.slot = slot;
  block.number = number;
  block.lanes = std::vector<Lane>(std::size_t{size.x} * size.y * size.z);
  block.ready.clear();
  block.waiting = {};
  block.running = block.lanes.size();
  for (unsigned i = 0; i < block.lanes.size(); ++i) {
    Lane& lane = block.lanes[i];
    lane.block = &block;
    lane.index = i;
    lane.coordinates = {i % size.x,
                        i / size.x % size.y,
                        i / size.x / size.y,
                        static_cast<unsigned>(number % grid.x),
                        static_cast<unsigned>(number / grid.x % grid.y),
                        static_cast<unsigned>(number / grid.x / grid.y),
                        size.x,
                        size.y,
                        size.z,
                        grid.x,
                        grid.y,
                        grid.z};
    lane.reach = {};
    lane.reach.arguments_begin = arguments;
    lane.reach.arguments_end = arguments + kernel->argument_bytes;
    lane.reach.shared_begin = shared;
    lane.reach.shared_end = shared + kernel->shared_bytes;
    lane.reach.block = static_cast<std::uint32_t>(number);
    lane.reach.thread = static_cast<std::uint16_t>(i);
    lane.context = fiber(std::allocator_arg, StackOf{&lane}, [&lane](fiber&& from) {
      scheduler = std::move(from);
      kernel->run(kernel->kernel, kernel->arguments.get());
      lane.has_ended = true;
      return std::move(scheduler);
    });
    make_ready(lane);
  }
}

/// Runs some turns of a block's threads.
void run_some(Block& block) {
  bool const by_seed = settings.seed != 0;
  for (std::uint64_t turn = by_seed ? 1 + random_below(64) : 4096; turn > 0 && block.running > 0; --turn) {
    if (by_seed && random_below(16) == 0) release_active(block);
    if (block.ready.empty() && !release_active(block)) report_deadlock(block);
    std::size_t const which = by_seed ? random_below(block.ready.size()) : block.ready.size() - 1;
    Lane& lane = *block.ready[which];
    block.ready[which] = block.ready.back();
    block.ready.pop_back();
    running = &lane;
    running_reach = &lane.reach;
    lane.context = std::move(lane.context).resume();
    running = nullptr;
    running_reach = nullptr;
    if (lane.has_ended) --block.running;
  }
}

}  // namespace

thread_local Reach const* running_reach = nullptr;
std::uint32_t now = 1, kernel_began = 1;

unsigned coordinate(int which) { return running->coordinates[static_cast<std::size_t>(which)]; }
unsigned lane() { return running->index % warp_size; }
unsigned char* shared_memory() { return const_cast<unsigned char*>(running->reach.shared_begin); }

std::uint64_t meet_warp(Call call, unsigned mask, std::uint64_t value, unsigned from_lane) {
  Lane& lane = *running;
  lane.code = __builtin_return_address(0);
  if ((mask >> lane.index % warp_size & 1u) == 0) fail("a mask without the thread that gives it", lane.code);
  lane.waits = call;
  lane.mask = mask;
  lane.value = value;
  lane.from_lane = from_lane;
  try_warp(lane);
  wait();
  return lane.value;
}

unsigned active_mask() {
  running->code = __builtin_return_address(0);
  running->waits = Call::active;
  wait();
  return static_cast<unsigned>(running->value);
}

void meet_block(unsigned barrier, unsigned threads) {
  Lane& lane = *running;
  lane.code = __builtin_return_address(0);
  lane.waits = Call::barrier;
  lane.mask = barrier;
  lane.threads = threads;
  try_barrier(lane);
  wait();
}

void yield() {
  make_ready(*running);
  wait();
}

std::string running_thread() {
  if (running == nullptr) return "";
  return "thread " + std::to_string(running->index) + " of block " + std::to_string(running->block->number) + " of " +
         function_of(kernel->kernel);
}

void run_kernel(Launch const& launch) {
  kernel = &launch;
  kernel_began = ++now;
  std::uint64_t const all = std::uint64_t{launch.grid.x} * launch.grid.y * launch.grid.z;
  std::vector<Block> blocks(static_cast<std::size_t>(
      std::min<std::uint64_t>({all, static_cast<std::uint64_t>(settings.resident_blocks), most_resident_blocks})));
  std::vector<Block*> resident;
  std::uint64_t next = 0;
  for (Block& block : blocks) {
    start_block(block, static_cast<int>(next), next);
    resident.push_back(&block);
    ++next;
  }
  for (std::size_t turn = 0; !resident.empty(); ++turn) {
    std::size_t const which = settings.seed != 0 ? random_below(resident.size()) : turn % resident.size();
    Block& block = *resident[which];
    run_some(block);
    if (block.running > 0) continue;
    if (next < all) {
      start_block(block, block.slot, next++);
    } else {
      resident.erase(resident.begin() + static_cast<std::ptrdiff_t>(which));
    }
  }
  kernel = nullptr;
}

}  // namespace emulated
