#include "apilab/provider/github_filters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "apilab/base/ascii.hpp"
#include "apilab/base/try.hpp"
#include "apilab/provider/internal/when.hpp"

namespace apilab::provider {
namespace {

constexpr std::size_t affects_max = 1000;

std::unexpected<Error> wrong(std::string_view field, std::string_view what) {
    return fail(ErrorKind::invalid_argument, fmt::format("{}: {}", field, what));
}

bool has_control(std::string_view text) {
    return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

// Values of a list that is split at commas, and cannot be quoted.
Result<void> check_listed(std::string_view field, const std::vector<std::string>& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i].empty() || values[i].contains(',') || has_control(values[i])) {
            return wrong(fmt::format("{}[{}]", field, i),
                         "expected a name without comma and control characters");
        }
    }
    return {};
}

Result<void> check_name(std::string_view field, const std::optional<std::string>& value) {
    if (value && (value->empty() || has_control(*value))) {
        return wrong(field, "expected a name, 'none' or '*'");
    }
    return {};
}

Result<void> check_per_page(int per_page) {
    return per_page >= 1 && per_page <= 100 ? Result<void>()
                                            : wrong("per_page", "expected 1 to 100");
}

// The enumerator's word, by its place.
template <typename Enum, std::size_t n>
std::optional<std::string> word(const std::optional<Enum>& value,
                                const std::array<std::string_view, n>& words) {
    return value ? std::optional<std::string>(words.at(static_cast<std::size_t>(*value)))
                 : std::nullopt;
}

constexpr std::array<std::string_view, 3> states{"open", "closed", "all"};
constexpr std::array<std::string_view, 3> sorts{"created", "updated", "comments"};
constexpr std::array<std::string_view, 2> directions{"asc", "desc"};
constexpr std::array<std::string_view, 3> types{"reviewed", "malware", "unreviewed"};
constexpr std::array<std::string_view, 5> severities{"unknown", "low", "medium", "high",
                                                     "critical"};

// A value that would end its qualifier, or be read as something else.
bool needs_quotes(std::string_view value) {
    return value.find_first_of(" \"():") != std::string_view::npos;
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        out += c == '"' || c == '\\' ? "\\" : "";
        out += c;
    }
    return out + '"';
}

std::size_t count_operators(std::string_view text) {
    std::size_t count = 0;
    while (!text.empty()) {
        const auto size = text.find(' ');
        const auto one = text.substr(0, size);
        count += one == "AND" || one == "OR" || one == "NOT" ? 1 : 0;
        text.remove_prefix(size == std::string_view::npos ? text.size() : size + 1);
    }
    return count;
}

}  // namespace

Result<http::Query> GitHubIssues::query() const {
    APILAB_CHECK(check_listed("labels", labels));
    APILAB_CHECK(check_name("assignee", assignee));
    APILAB_CHECK(check_name("creator", creator));
    APILAB_CHECK(check_name("mentioned", mentioned));
    APILAB_CHECK(check_per_page(per_page));
    if (milestone && *milestone != "*" && *milestone != "none" &&
        (milestone->empty() || !std::ranges::all_of(*milestone, ascii_digit))) {
        return wrong("milestone", "expected its number, 'none' or '*'");
    }
    http::Query query;
    query.add("state", word(state, states))
        .add("labels", labels, http::ArrayStyle::comma)
        .add("assignee", assignee)
        .add("creator", creator)
        .add("mentioned", mentioned)
        .add("milestone", milestone)
        .add("sort", word(sort, sorts))
        .add("direction", word(direction, directions));
    if (since) {
        query.add("since", internal::moment(*since));
    }
    query.add("per_page", per_page);
    return query;
}

Result<http::Query> GitHubAdvisories::query() const {
    APILAB_CHECK(check_listed("affects", affects));
    APILAB_CHECK(check_listed("cwes", cwes));
    APILAB_CHECK(check_per_page(per_page));
    if (affects.size() > affects_max) {
        return wrong("affects", fmt::format("expected at most {} packages", affects_max));
    }
    if (ecosystem && (ecosystem->empty() || !std::ranges::all_of(*ecosystem, [](char c) {
                          return ascii_alnum(c) && ascii_lower(c) == c;
                      }))) {
        return wrong("ecosystem", "expected GitHub's word for it in lower case, such as 'npm'");
    }
    http::Query query;
    query.add("type", word(type, types))
        .add("ecosystem", ecosystem)
        .add("severity", word(severity, severities))
        .add("affects", affects, http::ArrayStyle::comma)
        .add("cwes", cwes, http::ArrayStyle::comma)
        .add("is_withdrawn", withdrawn);
    if (modified_since) {
        query.add("modified", ">=" + internal::day(*modified_since));
    }
    query.add("per_page", per_page);
    return query;
}

GitHubSearch& GitHubSearch::words(std::string_view text) {
    return append("words", text, std::string(text));
}

GitHubSearch& GitHubSearch::phrase(std::string_view text) {
    return append("phrase", text, quoted(text));
}

GitHubSearch& GitHubSearch::qualifier(std::string_view name, std::string_view value) {
    const bool good_name = !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || c == '-';
    });
    if (!good_name && wrong_.empty()) {
        wrong_ = "the name of a qualifier: expected lower case letters and '-'";
    }
    return append(name, value,
                  fmt::format("{}:{}", name, needs_quotes(value) ? quoted(value) : value));
}

GitHubSearch& GitHubSearch::without(std::string_view name, std::string_view value) {
    // A sign before the name is what it becomes; the name itself is looked at without it.
    const auto size = text_.size();
    qualifier(name, value);
    text_.insert(size == 0 ? 0 : size + 1, 1, '-');
    return *this;
}

GitHubSearch& GitHubSearch::since(std::string_view name, SystemTime day) {
    return qualifier(name, ">=" + internal::day(day));
}

GitHubSearch& GitHubSearch::append(std::string_view what, std::string_view value,
                                   const std::string& term) {
    if (wrong_.empty() && (value.empty() || has_control(value))) {
        wrong_ = fmt::format("{}: expected a text without control characters", what);
    }
    text_ += text_.empty() ? "" : " ";
    text_ += term;
    return *this;
}

Result<std::string> GitHubSearch::q() const {
    if (!wrong_.empty()) {
        return wrong("GitHub search", wrong_);
    }
    if (text_.empty()) {
        return wrong("GitHub search", "expected words or a qualifier");
    }
    if (text_.size() > size_max) {
        return wrong("GitHub search", fmt::format("expected at most {} characters, there are {}",
                                                  size_max, text_.size()));
    }
    if (count_operators(text_) > operators_max) {
        return wrong("GitHub search",
                     fmt::format("expected at most {} of AND, OR, NOT", operators_max));
    }
    return text_;
}

}  // namespace apilab::provider
