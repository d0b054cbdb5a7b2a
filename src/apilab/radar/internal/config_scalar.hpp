#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/http/url.hpp"
#include "apilab/radar/service/config.hpp"
#include "apilab/radar/service/config_keys.hpp"

namespace apilab::radar::internal {

/// A setting that was read.
using ConfigScalar = std::variant<std::string, std::int64_t, bool, Duration, http::Url, QuietHours,
                                  std::vector<std::string>>;

/// One value by its key's type and range. Not for secrets. Error: `invalid_argument`, the message
/// what would be right and what it is instead.
[[nodiscard]] Result<ConfigScalar> read_scalar(const ConfigKey& key, const std::string& text);
[[nodiscard]] Result<ConfigScalar> read_list(const ConfigKey& key,
                                             const std::vector<std::string>& texts);
/// `a, b,c`: without the spaces around.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text);
/// For messages: cut to 60 bytes, without control characters, in quotes.
[[nodiscard]] std::string quoted(std::string_view text);
/// Is it UTF-8 without control characters?
[[nodiscard]] bool is_plain(std::string_view text);
/// Does this address hold a password?
[[nodiscard]] bool holds_password(std::string_view url);
/// As a store's address may be shown: `sqlite:PATH` as it is, of others the scheme and the
/// fingerprint.
[[nodiscard]] std::string shown_store(const std::string& text);

}  // namespace apilab::radar::internal
