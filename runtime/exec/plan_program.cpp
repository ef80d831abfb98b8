#include "runtime/exec/plan_program.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "compiler/plan/groups.h"

namespace stria::exec {

namespace {

codegen::Precision code_precision(Precision precision) {
  return precision == Precision::float32 ? codegen::Precision::float32 : codegen::Precision::float64;
}

}  // namespace

plan::PlanOptions PlanProgram::options(Precision precision, int64_t lanes, const codegen::Target& target) {
  return codegen::plan_options(target, code_precision(precision), lanes);
}

PlanProgram::PlanProgram(plan::Plan plan, Precision precision, const codegen::Target& target)
    : precision_(precision), plan_(std::move(plan)), compiled_(plan_, target, code_precision(precision)) {}

void PlanMemory::Free::operator()(void* memory) const { std::free(memory); }

PlanMemory::PlanMemory(const PlanProgram& program, int64_t max_bins, int64_t max_clips, plan::Keep keep,
                       int n_threads)
    : program_(program),
      stretches_(plan::choose_stretches(program.plan(), keep)),
      max_bins_(max_bins),
      max_parts_((max_clips + program.lanes() - 1) / program.lanes()),
      n_sharing_(n_threads) {
  const plan::Plan& plan = program.plan();
  layout_ = plan::lay_out(plan, stretches_, max_bins, max_parts_, program.real_bytes(), n_sharing_);
  const auto bytes = static_cast<size_t>((layout_.bytes + 4095) / 4096 * 4096);
  arena_.reset(static_cast<std::byte*>(std::aligned_alloc(4096, bytes)));
  if (!arena_) throw std::bad_alloc();
  std::memset(arena_.get(), 0, bytes);
  table_.assign(plan.buffers.size() * static_cast<size_t>(max_parts_), nullptr);
  for (int64_t part = 0; part < max_parts_; ++part) {
    for (size_t b = 0; b < plan.buffers.size(); ++b) {
      if (layout_.offsets[b] < 0) continue;
      table_[static_cast<size_t>(part) * plan.buffers.size() + b] =
          arena_.get() + layout_.offsets[b] + part * layout_.part_strides[b];
    }
  }
  for (size_t b = 0; b < plan.buffers.size(); ++b) {
    if (plan.buffers[b].owner != plan::Owner::table) continue;
    const std::vector<double>& values = plan.flat.values[static_cast<size_t>(plan.buffers[b].value)].table;
    for (size_t i = 0; i < values.size(); ++i) set_number(address(b, 0), static_cast<int64_t>(i), values[i]);
  }
  rows_.emplace(plan, stretches_, layout_, program.real_bytes(), arena_.get(), table_);
  for (size_t b = 0; b < plan.buffers.size(); ++b) {
    if (plan.buffers[b].scratch) scratch_.push_back(b);
  }
  if (n_sharing_ > 1) shared_tables_.resize(table_.size() * static_cast<size_t>(n_sharing_));
}

std::byte* PlanMemory::address(size_t buffer, int64_t part) const {
  return static_cast<std::byte*>(table_[static_cast<size_t>(part) * program_.plan().buffers.size() + buffer]);
}

size_t PlanMemory::argument_index(std::string_view name) const {
  for (const plan::FlatArgument& argument : program_.plan().flat.arguments) {
    if (argument.name == name) {
      return static_cast<size_t>(program_.plan().places[static_cast<size_t>(argument.value)].buffer);
    }
  }
  throw ir::InternalError("a plan has no argument `" + std::string(name) + "`");
}

void PlanMemory::bind(size_t argument, void* numbers) { set_address(argument, numbers); }

bool PlanMemory::can_bind(size_t index) const {
  const plan::Plan& plan = program_.plan();
  const plan::FlatResult& result = plan.flat.results.at(index);
  const plan::Place& place = plan.places[static_cast<size_t>(result.view.value)];
  const plan::Buffer& buffer = plan.buffers[static_cast<size_t>(place.buffer)];
  const bool own = buffer.kind == plan::BufferKind::fixed && buffer.owner == plan::Owner::result &&
                   place.offset == 0 && plan::is_direct(plan.flat, result.view);
  const auto shared =
      std::count_if(plan.flat.results.begin(), plan.flat.results.end(),
                    [&](const plan::FlatResult& other) { return other.view.value == result.view.value; });
  return own && shared == 1;
}

void PlanMemory::bind_result(size_t index, void* numbers) {
  const int value = program_.plan().flat.results[index].view.value;
  set_address(static_cast<size_t>(program_.plan().places[static_cast<size_t>(value)].buffer), numbers);
}

void PlanMemory::set_address(size_t buffer, void* numbers) {
  for (int64_t part = 0; part < max_parts_; ++part) {
    table_[static_cast<size_t>(part) * program_.plan().buffers.size() + buffer] = numbers;
  }
}

void PlanMemory::set_batch(int64_t n_bins, int64_t n_clips) {
  n_bins_ = n_bins;
  n_clips_ = n_clips;
  n_parts_ = (n_clips + program_.lanes() - 1) / program_.lanes();
  if (n_bins > max_bins_ || n_parts_ > max_parts_ || n_bins < 1 || n_clips < 1) {
    throw ir::InternalError("a batch that its plan's memory was not made for");
  }
  if (program_.plan().clips < 0) return;
  for (int64_t clip = 0; clip < n_parts_ * program_.lanes(); ++clip) {
    std::byte* lanes = address(static_cast<size_t>(program_.plan().clips), clip / program_.lanes());
    set_number(lanes, clip % program_.lanes(), clip < n_clips ? 1 : 0);
  }
}

void PlanMemory::set_number(std::byte* numbers, int64_t i, double value) const {
  if (program_.real_bytes() == 4) {
    reinterpret_cast<float*>(numbers)[i] = static_cast<float>(value);
  } else {
    reinterpret_cast<double*>(numbers)[i] = value;
  }
}

template <typename Real, typename From>
void PlanMemory::fill_input(size_t index, int64_t part, const From* values) const {
  const plan::Buffer& buffer = program_.plan().buffers[index];
  const int64_t lanes = program_.lanes(), row = buffer.entries * lanes;
  const bool stream = buffer.kind == plan::BufferKind::stream;
  const int64_t rows = stream ? n_bins_ : 1, before = stream ? buffer.before : 0,
                after = stream ? buffer.after : 0;
  auto* to = reinterpret_cast<Real*>(address(index, part));
  std::fill(to, to + before * row, Real(0));
  std::fill(to + (before + rows) * row, to + (before + rows + after) * row, Real(0));
  to += before * row;
  const int64_t entries = rows * buffer.entries, first = part * lanes;
  const From* from = values + first * entries;
  if (lanes == 1) {
    std::copy(from, from + entries, to);
    return;
  }
  const int64_t n_here = std::min(lanes, n_clips_ - first);
  for (int64_t i = 0; i < entries; ++i, to += lanes) {
    for (int64_t lane = 0; lane < n_here; ++lane) to[lane] = static_cast<Real>(from[lane * entries + i]);
    for (int64_t lane = n_here; lane < lanes; ++lane) to[lane] = Real(0);
  }
}

template <typename From>
void PlanMemory::set_input(size_t input, const From* values, Workers& workers) {
  struct Job {
    const PlanMemory& memory;
    size_t input;
    const From* values;
  } job{*this, input, values};
  workers.run(
      n_parts_,
      [](void* context, int64_t part) {
        const Job& of = *static_cast<Job*>(context);
        const bool single = of.memory.program_.real_bytes() == 4;
        single ? of.memory.template fill_input<float>(of.input, part, of.values)
               : of.memory.template fill_input<double>(of.input, part, of.values);
      },
      &job);
}
template void PlanMemory::set_input(size_t, const float*, Workers&);
template void PlanMemory::set_input(size_t, const double*, Workers&);
template void PlanMemory::set_input(size_t, const uint8_t*, Workers&);

void PlanMemory::run(Workers& workers, std::vector<double>* milliseconds) {
  if (milliseconds != nullptr) milliseconds->resize(program_.plan().steps.size());
  for (size_t p = 0; p < stretches_.phases.size(); ++p) run_phase(p, workers, milliseconds);
}

void PlanMemory::run_phase(size_t p, Workers& workers, std::vector<double>* milliseconds) {
  const plan::Phase& phase = stretches_.phases[p];
  if (!phase.of_bins) {
    for (const int s : phase.steps) run_step(s, {0, n_bins_, 0, 1}, workers, milliseconds);
    return;
  }
  // A part goes through the phase on its own where there are enough of them; else threads share each step.
  if (milliseconds == nullptr && n_parts_ >= workers.n_threads()) {
    struct Job {
      PlanMemory& memory;
      size_t phase;
    } job{*this, p};
    workers.run(
        n_parts_,
        [](void* context, int64_t part) {
          const Job& of = *static_cast<Job*>(context);
          of.memory.each_stretch(of.phase, part, part + 1, [&](int s, const Stretch& at) {
            of.memory.run_piece(static_cast<size_t>(s), at, part, 1);
          });
        },
        &job);
    return;
  }
  each_stretch(p, 0, n_parts_, [&](int s, const Stretch& at) { run_step(s, at, workers, milliseconds); });
}

// Calls run(step, stretch) for these parts: each stretch in the phase's direction, all its steps on one.
template <typename RunStep>
void PlanMemory::each_stretch(size_t p, int64_t first_part, int64_t last_part, const RunStep& run) const {
  const plan::Phase& phase = stretches_.phases[p];
  const auto each_part = [&](const auto& call) {
    for (int64_t part = first_part; part < last_part; ++part) call(part);
  };
  const int64_t n = (n_bins_ + layout_.stretch - 1) / layout_.stretch;
  for (int64_t i = 0; i < n; ++i) {
    const int64_t k = phase.reverse ? n - 1 - i : i;
    const Stretch at{k * layout_.stretch, std::min(n_bins_, (k + 1) * layout_.stretch), k, n};
    each_part([&](int64_t part) {
      rows_->enter(p, at, part);
      rows_->use_doubles(p, true, part);
    });
    for (const int s : phase.again) run(s, at);
    each_part([&](int64_t part) { rows_->use_doubles(p, false, part); });
    for (const int s : phase.steps) run(s, at);
    each_part([&](int64_t part) { rows_->leave(p, at, part); });
  }
}

void PlanMemory::run_step(int s, const Stretch& at, Workers& workers, std::vector<double>* milliseconds) {
  using Clock = std::chrono::steady_clock;
  const auto step = static_cast<size_t>(s);
  if (milliseconds == nullptr) return run_step(step, at, workers);
  const Clock::time_point start = Clock::now();
  run_step(step, at, workers);
  (*milliseconds)[step] += std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

void PlanMemory::run_step(size_t s, const Stretch& at, Workers& workers) {
  if (program_.plan().steps[s].kind == plan::StepKind::fixed) {
    program_.steps()[s](table_.data(), 0, n_bins_, n_bins_, n_parts_, n_clips_);
    return;
  }
  struct Job {
    PlanMemory& memory;
    const Stretch& at;
    size_t step;
    int64_t n_pieces;
  } job{*this, at, s, pieces(s, at.end - at.begin)};
  if (program_.plan().steps[s].shared) job.n_pieces = std::min<int64_t>(n_sharing_, workers.n_threads());
  workers.run(
      job.n_pieces * n_parts_,
      [](void* context, int64_t i) {
        const Job& of = *static_cast<Job*>(context);
        of.memory.run_piece(of.step, of.at, i, of.n_pieces);
      },
      &job);
}

// Into how many pieces a product of one part is cut: by its sizes, so that the cut is the same for all
// threads.
int64_t PlanMemory::pieces(size_t s, int64_t n_bins) const {
  const plan::Step& step = program_.plan().steps[s];
  if (step.kind != plan::StepKind::dot && step.kind != plan::StepKind::outer) return 1;
  const plan::Flat& flat = program_.plan().flat;
  const plan::Instruction& i = flat.instructions[static_cast<size_t>(step.groups[0].instructions[0])];
  constexpr int64_t worth_a_piece = 1 << 18, most = 8;  // multiply-adds; about 6 microseconds
  const int64_t products = plan::products_in_bin(flat, i) * n_bins * program_.lanes();
  return std::clamp<int64_t>(products / worth_a_piece, 1, most);
}

// The buffers of a part, with scratch of the piece's own.
void* const* PlanMemory::table_of_piece(int64_t part, int64_t piece) {
  const size_t n = program_.plan().buffers.size();
  void* const* of_part = table_.data() + static_cast<size_t>(part) * n;
  if (piece == 0) return of_part;
  void** own = shared_tables_.data() + static_cast<size_t>(part * n_sharing_ + piece) * n;
  std::copy(of_part, of_part + n, own);
  for (const size_t b : scratch_) {
    own[b] = static_cast<std::byte*>(own[b]) + piece * (layout_.part_strides[b] / n_sharing_);
  }
  return own;
}

// number: part by part, the pieces of each.
void PlanMemory::run_piece(size_t s, const Stretch& at, int64_t number, int64_t n_pieces) {
  const plan::Plan& plan = program_.plan();
  const int64_t part = number / n_pieces, piece = number % n_pieces, bins = at.end - at.begin;
  void* const* buffers = table_of_piece(part, plan.steps[s].shared ? piece : 0);
  const codegen::StepFunction step = program_.steps()[s];
  if (plan.steps[s].kind == plan::StepKind::outer) {
    return step(buffers, at.begin, at.end, n_bins_, piece, n_pieces);
  }
  // Pieces of whole blocks, where a step goes by blocks.
  const int64_t block = plan::bins_of_a_block(plan, s), blocks = (bins + block - 1) / block;
  const auto cut = [&](int64_t k) { return std::min(at.end, at.begin + blocks * k / n_pieces * block); };
  if (cut(piece) < cut(piece + 1)) step(buffers, cut(piece), cut(piece + 1), n_bins_, 0, 1);
}

const plan::FlatResult& PlanMemory::result(std::string_view name) const {
  for (const plan::FlatResult& result : program_.plan().flat.results) {
    if (result.name == name) return result;
  }
  throw ir::InternalError("a plan has no result `" + std::string(name) + "`");
}

int64_t PlanMemory::numbers(std::string_view name) const {
  const plan::FlatResult& found = result(name);
  const plan::Level level = program_.plan().flat.values[static_cast<size_t>(found.view.value)].level;
  return found.view.entries() * (level == plan::Level::fixed ? 1 : n_clips_) *
         (level == plan::Level::bin ? n_bins_ : 1);
}

bool PlanMemory::has(std::string_view name) const {
  const auto& results = program_.plan().flat.results;
  return std::any_of(results.begin(), results.end(),
                     [&](const plan::FlatResult& r) { return r.name == name; });
}

template <typename Real, typename To>
void PlanMemory::read(const plan::FlatResult& result, To* values) const {
  const plan::Plan& plan = program_.plan();
  const plan::Place& place = plan.places[static_cast<size_t>(result.view.value)];
  const plan::Buffer& buffer = plan.buffers[static_cast<size_t>(place.buffer)];
  const int64_t entries = result.view.entries();
  if (buffer.kind == plan::BufferKind::fixed) {
    const auto* from =
        reinterpret_cast<const Real*>(address(static_cast<size_t>(place.buffer), 0)) + place.offset;
    std::copy(from, from + entries, values);
    return;
  }
  const int64_t lanes = program_.lanes(), row = buffer.entries * lanes;
  const int64_t rows = buffer.kind == plan::BufferKind::stream ? n_bins_ : 1;
  for (int64_t clip = 0; clip < n_clips_; ++clip) {
    const auto* from =
        reinterpret_cast<const Real*>(address(static_cast<size_t>(place.buffer), clip / lanes)) +
        (buffer.before + place.bins) * row + place.offset * lanes + clip % lanes;
    for (int64_t t = 0; t < rows; ++t) {
      for (int64_t i = 0; i < entries; ++i) *values++ = static_cast<To>(from[t * row + i * lanes]);
    }
  }
}

size_t PlanMemory::result_index(std::string_view name) const {
  return static_cast<size_t>(&result(name) - program_.plan().flat.results.data());
}

template <typename To>
void PlanMemory::get(size_t index, To* values) const {
  const plan::FlatResult& result = program_.plan().flat.results.at(index);
  program_.real_bytes() == 4 ? read<float>(result, values) : read<double>(result, values);
}
template void PlanMemory::get(size_t, float*) const;
template void PlanMemory::get(size_t, double*) const;

}  // namespace stria::exec
