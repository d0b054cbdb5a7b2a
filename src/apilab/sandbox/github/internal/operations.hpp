#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "apilab/sandbox/github/internal/call.hpp"

namespace apilab::sandbox::github {

/// What it takes to be answered.
enum class Access {
    anybody,
    /// Somebody, whoever it is; of an installation `issues: write`.
    somebody,
    /// The right to write to the repository; of an installation `issues: write`.
    triage,
    /// The right to write to the repository; others are told that there is no such thing.
    push,
    /// The same; whoever may not is told so even when reading.
    hooks,
};

struct Operation {
    std::string_view method;
    /// Behind `/repos/{owner}/{repo}`, or the whole path.
    std::string_view path;
    /// Behind the repository's number it has `_by_id` at its end.
    std::string_view name;
    http::Effect effect = http::Effect::read;
    Access access = Access::anybody;
    http::Response (*answer)(const Call& call) = nullptr;
};

/// Those outside of repositories and those below one.
[[nodiscard]] std::span<const Operation> site_operations();
[[nodiscard]] std::span<const Operation> repository_operations();
/// Null for what the provider answers itself (limits, apps).
[[nodiscard]] const Operation* find_operation(std::string_view name);
/// All routes; each repository's operation stands twice: by owner and name, and by number, which is
/// where links and redirects lead.
[[nodiscard]] const std::vector<Route>& all_routes();
[[nodiscard]] const PageShape* page_shape(std::string_view operation);

}  // namespace apilab::sandbox::github
