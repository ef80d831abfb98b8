// SHA-256 of prepared data and of lists of names.
#pragma once

#include <string>
#include <vector>

#include "runtime/data/prepared.h"

namespace stria::data {

std::string sha256(std::string_view bytes);  // 64 hexadecimal digits

// Of names, step, sizes, stimuli, responses and trials; not of `sha256` itself, counts and attachments.
std::string fingerprint(const PreparedData& data);

// Of the stimulus names in the three parts.
std::string fingerprint(const std::vector<std::vector<std::string>>& parts);

}  // namespace stria::data
