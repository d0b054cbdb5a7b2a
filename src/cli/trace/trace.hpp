#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apilab/observe/trace_store.hpp"
#include "command.hpp"

namespace apilab::cli {

/// What `apilab trace` is told.
struct TraceFlags {
    /// The store; empty: `trace_store_path`.
    std::string store;
    std::size_t limit = 50;
    /// `404`, `4xx`; empty: any.
    std::string status;
    std::string origin;
    std::string method;
    std::string slower;
    std::string text;
    bool failed = false;
    bool follow = false;
    /// Ids, their beginnings, or `last`.
    std::vector<std::string> ids;
    std::string har;
    std::string html;
    std::string svg;
    bool curl = false;
    /// The HAR to import.
    std::string file;
};

/// A call that was asked for.
struct NamedStory {
    std::string id;
    observe::Story story;
};
/// Those of `flags.ids`. Errors: `invalid_argument` for an id that is not there or begins several,
/// naming the nearest.
[[nodiscard]] Result<std::vector<NamedStory>> named_stories(const TraceFlags& flags);

[[nodiscard]] Result<ExitCode> trace_list(const TraceFlags& flags, const Globals& globals);
[[nodiscard]] Result<ExitCode> trace_show(const TraceFlags& flags, const Globals& globals);
[[nodiscard]] Result<ExitCode> trace_why(const TraceFlags& flags, const Globals& globals);
[[nodiscard]] Result<ExitCode> trace_export(const TraceFlags& flags, const Globals& globals);
[[nodiscard]] Result<ExitCode> trace_import(const TraceFlags& flags, const Globals& globals);

}  // namespace apilab::cli
