#pragma once

#include <map>
#include <string>
#include <string_view>

#include "apilab/http/message.hpp"
#include "apilab/sandbox/fault.hpp"

namespace apilab::sandbox::internal {

/// Spoils the body of a 2xx as a fault `corrupt` says, and notes what was done: `corrupt` with the
/// kind; of `duplicate_keys` also `twin`, both values with a space between, of which the second is
/// in no other answer. Leaves a body alone in which the kind finds no place (an empty one; one
/// without a member). `content-length` counts what is sent: only the content is wrong.
///
/// `deep` is 100,000 arrays in each other, `gzip_bomb` 1 GiB of spaces in a JSON array as 1 MB,
/// `huge` 112 MiB of JSON; all answers under way share the bytes of the last two, and those of
/// `huge` are freed with the last of them.
void corrupt_answer(Corrupt kind, http::Response& answer,
                    std::map<std::string, std::string>& facts);

/// As it stands in a fault: `gzip_bomb`.
[[nodiscard]] std::string_view to_string(Corrupt kind);

}  // namespace apilab::sandbox::internal
