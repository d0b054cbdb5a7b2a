#pragma once

#include <string>
#include <string_view>

#include "apilab/sandbox/judge/judge.hpp"

namespace apilab::sandbox::internal {

[[nodiscard]] std::string upper(std::string_view text);
/// With the reason before it where it is unknown.
[[nodiscard]] std::string sentence_of(const Finding& finding);
/// `pass`, `warn`, `fail` or `unknown`.
[[nodiscard]] std::string word_of(const CheckResult& result);
[[nodiscard]] std::string counts_line(const RunReport& report);

}  // namespace apilab::sandbox::internal
