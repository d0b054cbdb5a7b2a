#pragma once

#include <string>
#include <string_view>

#include "apilab/sandbox/journal.hpp"

namespace apilab::sandbox {

/// The exchanges of a journal as HAR 1.2, for tools that draw such files. The journal keeps no
/// bodies and of answers no header fields: those are empty. `_row`, `_operation`, `_facts`,
/// `_faults` and
/// `_reply` tell what HAR has no place for; an answer that never left has status 0. Secrets of the
/// process are `***`.
[[nodiscard]] std::string journal_har(const Journal& journal, std::string_view comment = {});

}  // namespace apilab::sandbox
