// Finds and calls the natives of data programs by their full name.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/data/native.h"

namespace stria::data {

// One object serves any number of programs; `call` may run on several threads at once.
class NativeDataHost final : public DataHost {
 public:
  NativeDataHost();
  bool has(std::string_view native) const override;
  Value call(std::string_view native, const NativeArguments& arguments) override;
  std::vector<std::string> names() const;

 private:
  std::map<std::string, Native, std::less<>> natives_;
};

}  // namespace stria::data
