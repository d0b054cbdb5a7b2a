#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/http/query.hpp"

namespace apilab::provider {

/// Which issues of a repository a list is to have (pull requests are among them). What is not set
/// is left to GitHub: open ones, newest first. Source: docs.github.com/rest/issues/issues, "List
/// repository issues".
///
///     GitHubIssues{.state = GitHubIssues::State::all, .labels = {"bug"}}.query()
///     // state=all&labels=bug&per_page=100
struct GitHubIssues {
    enum class State : std::uint8_t { open, closed, all };
    enum class Sort : std::uint8_t { created, updated, comments };
    enum class Direction : std::uint8_t { asc, desc };

    std::optional<State> state;
    /// All of them. A label with a comma in its name cannot be asked for: the list is split there.
    std::vector<std::string> labels;
    /// A login; `none`, or `*` for any.
    std::optional<std::string> assignee;
    std::optional<std::string> creator;
    std::optional<std::string> mentioned;
    /// A number; `none`, or `*` for any.
    std::optional<std::string> milestone;
    std::optional<Sort> sort;
    std::optional<Direction> direction;
    /// Changed at or after that moment; fractions of a second are cut off.
    std::optional<SystemTime> since;
    /// 1 to 100.
    int per_page = 100;

    /// Error: `invalid_argument`, naming the field and what would be right.
    [[nodiscard]] Result<http::Query> query() const;
};

/// Which of GitHub's global security advisories. By default reviewed ones, newest first: malware
/// has to be asked for by its type. Source: docs.github.com/rest/security-advisories.
struct GitHubAdvisories {
    enum class Type : std::uint8_t { reviewed, malware, unreviewed };
    enum class Severity : std::uint8_t { unknown, low, medium, high, critical };

    std::optional<Type> type;
    /// `npm`, `pip`, `maven`, ...; GitHub's word, lower case.
    std::optional<std::string> ecosystem;
    std::optional<Severity> severity;
    /// Packages as `name` or `name@version`; at most 1000, and none with a comma.
    std::vector<std::string> affects;
    /// `CWE-79` or `79`.
    std::vector<std::string> cwes;
    std::optional<bool> withdrawn;
    /// Published or changed at or after that day (UTC).
    std::optional<SystemTime> modified_since;
    /// 1 to 100.
    int per_page = 100;

    /// Error: `invalid_argument`, naming the field and what would be right.
    [[nodiscard]] Result<http::Query> query() const;
};

/// The `q` of GitHub's searches: words and qualifiers, each quoted where it has to be. Source:
/// docs.github.com/search-github, "Understanding the search syntax", "Troubleshooting search
/// queries".
///
///     GitHubSearch().words("memory leak").is("issue").qualifier("repo", "octo/hello")
///         .without("label", "good first issue").q()
///     // memory leak is:issue repo:octo/hello -label:"good first issue"
class GitHubSearch {
public:
    /// Longer queries are not supported, nor are more than five of AND, OR and NOT.
    static constexpr std::size_t size_max = 256;
    static constexpr std::size_t operators_max = 5;
    /// Whatever matches beyond these cannot be had by pages: narrow the search instead.
    static constexpr std::size_t results_max = 1000;

    /// As they are: AND, OR, NOT and quotes mean what they mean to GitHub.
    GitHubSearch& words(std::string_view text);
    /// Exactly these words in this order.
    GitHubSearch& phrase(std::string_view text);
    /// `is:open`, `is:pr`, ...
    GitHubSearch& is(std::string_view what) { return qualifier("is", what); }
    /// `name:value`; `value` is quoted where it needs it, so that it can add no qualifier.
    GitHubSearch& qualifier(std::string_view name, std::string_view value);
    /// `-name:value`.
    GitHubSearch& without(std::string_view name, std::string_view value);
    /// `name:>=2026-11-27`, for `created`, `updated`, `closed`, `merged`, `pushed`; by the day,
    /// UTC.
    GitHubSearch& since(std::string_view name, SystemTime day);

    /// Not percent-encoded (`Query::add` does that). Errors: `invalid_argument` where there is
    /// nothing to search for, for a name that is no qualifier's (lower case letters and `-`), for a
    /// value that is empty or holds a control character, and beyond the limits.
    [[nodiscard]] Result<std::string> q() const;

private:
    GitHubSearch& append(std::string_view what, std::string_view value, const std::string& term);
    std::string text_;
    /// The first thing that was wrong.
    std::string wrong_;
};

}  // namespace apilab::provider
