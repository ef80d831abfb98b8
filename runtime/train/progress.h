// What a person sees while members train: a bar on a terminal, a line a finished member elsewhere.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace stria::train {

// Called from all members' threads.
class Progress {
 public:
  // names: of the members to train. bar: `out` is a terminal, on which the last line may be redrawn.
  Progress(std::ostream& out, bool bar, std::vector<std::string> names);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void epoch_done(size_t member, int64_t epoch, double best_valid_loss);
  // `summary` is the plain line's end: "learnt, best epoch 41 of 91, ...".
  void member_done(size_t member, const std::string& summary);

  // "3/12 members  [######------]  GRU.2: epoch 41, best loss 0.0123  about 2 min left", at most `width`
  // columns.
  std::string line(size_t width) const;
  // Time left when `elapsed` seconds brought `done` of `total` members' work; none before one is finished.
  static std::optional<double> seconds_left(double elapsed, double done, double total);

 private:
  struct State {
    int64_t epoch = 0;
    double best_loss = 0;
    bool running = false, done = false;
  };
  void redraw(bool now);
  double work_done() const;  // in members: a running one counts by its epochs over those of finished ones

  std::ostream& out_;
  const bool bar_;
  const std::vector<std::string> names_;
  std::vector<State> states_;
  size_t n_done_ = 0, latest_ = 0;
  bool any_ = false;
  double epochs_of_done_ = 0;
  std::chrono::steady_clock::time_point start_, drawn_;
  std::mutex mutex_;
};

// Whether a bar may be drawn on stderr: a terminal, and no NO_COLOR.
bool stderr_takes_bar();

// "42 s", "3 min", "1 h 05 min"
std::string duration_text(double seconds);

}  // namespace stria::train
