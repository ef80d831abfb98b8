#include "runtime/train/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace stria::train {
namespace {

constexpr std::chrono::milliseconds between_drawings{100};
constexpr size_t bar_width = 20;

size_t terminal_width() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1) return size.ws_col;
  return 80;
}

}  // namespace

Progress::Progress(std::ostream& out, bool bar, std::vector<std::string> names)
    : out_(out),
      bar_(bar),
      names_(std::move(names)),
      states_(names_.size()),
      start_(std::chrono::steady_clock::now()) {
  redraw(true);
}

Progress::~Progress() {
  if (bar_) out_ << "\r\033[K" << std::flush;
}

void Progress::epoch_done(size_t member, int64_t epoch, double best_valid_loss) {
  const std::lock_guard lock(mutex_);
  states_[member] = {epoch, best_valid_loss, true, false};
  latest_ = member;
  any_ = true;
  redraw(false);
}

void Progress::member_done(size_t member, const std::string& summary) {
  const std::lock_guard lock(mutex_);
  State& state = states_[member];
  state.running = false;
  state.done = true;
  ++n_done_;
  epochs_of_done_ += static_cast<double>(state.epoch);
  if (!bar_)
    out_ << fmt::format("{}/{} {}: {}\n", n_done_, names_.size(), names_[member], summary) << std::flush;
  redraw(true);
}

double Progress::work_done() const {
  double work = static_cast<double>(n_done_);
  if (n_done_ == 0) return work;
  const double usual = std::max(1.0, epochs_of_done_ / static_cast<double>(n_done_));
  for (const State& state : states_)
    if (state.running) work += std::min(0.95, static_cast<double>(state.epoch) / usual);
  return work;
}

std::optional<double> Progress::seconds_left(double elapsed, double done, double total) {
  if (done <= 0) return std::nullopt;
  return elapsed / done * (total - done);
}

std::string Progress::line(size_t width) const {
  const double total = static_cast<double>(names_.size());
  const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double share = total > 0 ? work_done() / total : 1;
  const size_t filled = std::min(bar_width, static_cast<size_t>(share * bar_width));
  std::string text = fmt::format("{}/{} members  [{}{}]", n_done_, names_.size(), std::string(filled, '#'),
                                 std::string(bar_width - filled, '-'));
  if (any_)
    text += fmt::format("  {}: epoch {}, best loss {:.4g}", names_[latest_], states_[latest_].epoch,
                        states_[latest_].best_loss);
  if (const auto left = seconds_left(elapsed, work_done(), total); left && n_done_ > 0)
    text += fmt::format("  about {} left", duration_text(*left));
  return text.substr(0, width);
}

void Progress::redraw(bool now) {
  if (!bar_) return;
  const auto time = std::chrono::steady_clock::now();
  if (!now && time - drawn_ < between_drawings) return;
  drawn_ = time;
  out_ << "\r\033[K" << line(terminal_width() - 1) << std::flush;
}

bool stderr_takes_bar() {
  const char* no_colour = std::getenv("NO_COLOR");
  return isatty(STDERR_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<long>(std::llround(std::max(0.0, seconds)));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min", (whole + 30) / 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

}  // namespace stria::train
