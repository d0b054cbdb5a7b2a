#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "apilab/base/result.hpp"
#include "apilab/observe/trace_store.hpp"

namespace apilab::cli {

/// Where calls are kept: `file` where it is named, else `APILAB_TRACES`, else
/// `$XDG_STATE_HOME/apilab/traces.db`, else `~/.local/state/apilab/traces.db`. Nothing where none
/// of these is set.
[[nodiscard]] std::optional<std::filesystem::path> trace_store_path(const std::string& file = {});

/// The store there, made where there is none, and its folder (0700) with it. Errors:
/// `invalid_argument` where there is no place for it, and those of `TraceStore::open`.
[[nodiscard]] Result<std::unique_ptr<observe::TraceStore>> open_trace_store(
    const std::string& file = {});

}  // namespace apilab::cli
