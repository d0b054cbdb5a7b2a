#include "apilab/sandbox/github/internal/search.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "apilab/base/ascii.hpp"
#include "apilab/sandbox/github/internal/contents.hpp"
#include "apilab/sandbox/github/internal/issue_bodies.hpp"
#include "apilab/sandbox/github/internal/repository_bodies.hpp"
#include "apilab/sandbox/github/internal/search_query.hpp"
#include "apilab/sandbox/internal/query.hpp"

namespace apilab::sandbox::github {
namespace {

namespace json = boost::json;

constexpr std::string_view documentation = "https://docs.github.com/v3/search/";
constexpr std::size_t results_max = 1000;

struct Asked {
    SearchQuery query;
    std::string_view sort;
    bool ascending = false;
};

// The question, or what is wrong with it.
std::variant<Asked, http::Response> read_question(const Call& call) {
    const auto q = query_value(call.incoming, "q");
    if (q.find_first_not_of(' ') == std::string_view::npos) {
        return validation_error({.resource = "Search", .code = "missing", .field = "q"},
                                documentation);
    }
    if (q.size() > 256 + 512) {
        return validation_error({.resource = "Search",
                                 .code = "invalid",
                                 .field = "q",
                                 .message = "The search is longer than 256 characters."},
                                documentation);
    }
    const auto page = std::max<std::int64_t>(query_number(call.incoming, "page").value_or(1), 1);
    if (static_cast<std::size_t>(std::min<std::int64_t>(page - 1, 1000)) *
            page_size(call.incoming) >=
        results_max) {
        return error(422, "Only the first 1000 search results are available", documentation);
    }
    Asked asked{.query = parse_search(q),
                .sort = query_value(call.incoming, "sort"),
                .ascending = query_value(call.incoming, "order") == "asc"};
    for (const auto& name : asked.query.values("repo")) {
        const auto slash = name.find('/');
        if (slash == std::string::npos ||
            call.store.find(name.substr(0, slash), name.substr(slash + 1)) == nullptr) {
            return validation_error(
                {.resource = "Search",
                 .code = "invalid",
                 .field = "q",
                 .message = "The listed users and repositories cannot be searched either because "
                            "the resources do not exist or you do not have permission to view "
                            "them."},
                documentation);
        }
    }
    return asked;
}

// The page of what was found that is asked for.
template <class Range, class Text>
http::Response answer_with(const Call& call, const Range& rows, std::string_view path, Text text,
                           bool says_type = false) {
    const auto slice = slice_by_page(call.incoming, std::min(rows.size(), results_max), path);
    json::array items;
    for (std::size_t i = 0; i < slice.count; ++i) {
        items.emplace_back(text(rows[slice.first + i]));
    }
    json::object body{
        {"total_count", rows.size()}, {"incomplete_results", false}, {"items", std::move(items)}};
    if (says_type) {
        body["search_type"] = "lexical";
    }
    auto answer = reply(call, 200, body);
    if (!slice.link.empty()) {
        answer.header("link", slice.link);
    }
    return answer;
}

// Only those that somebody would look into: the rest of a large world has no issues or files.
std::vector<const Repository*> repositories(const Call& call, const SearchQuery& query) {
    std::vector<const Repository*> out;
    for (const auto& repository : call.store.repositories()) {
        const bool changed = call.workspace.edited().contains(repository.id);
        if ((changed || repository.facts.issues > 0 || !repository.facts.files.empty() ||
             !query.values("repo").empty()) &&
            in_scope(query, repository.facts.name)) {
            out.push_back(&repository);
        }
    }
    return out;
}

struct FoundIssue {
    const Repository* repository;
    Issue issue;
};

void sort_found(std::vector<FoundIssue>& rows, const Asked& asked) {
    const auto key = [&](const FoundIssue& found) {
        const auto& issue = found.issue;
        return std::tuple(asked.sort == "comments" ? issue.comments : 0,
                          asked.sort == "updated" ? issue.updated : issue.created,
                          found.repository->facts.name, issue.number);
    };
    std::ranges::sort(rows, std::ranges::greater(), key);
    if (asked.ascending && !asked.sort.empty()) {
        std::ranges::reverse(rows);
    }
}

bool code_fits(const SearchQuery::Term& term, const std::string& path, const File& file) {
    const auto low = ascii_lowered(path);
    const auto name = low.substr(low.rfind('/') + 1);
    if (term.qualifier.empty()) {
        return ascii_lowered(file.content).contains(term.value) || low.contains(term.value);
    }
    if (term.qualifier == "path") {
        return low.starts_with(term.value);
    }
    if (term.qualifier == "filename") {
        return name.contains(term.value);
    }
    if (term.qualifier == "extension") {
        return name.ends_with("." + term.value);
    }
    return term.qualifier != "language" || term.value != "javascript" || name.ends_with(".js");
}

bool repository_fits(const SearchQuery::Term& term, const RepositoryState& state) {
    if (term.qualifier.empty()) {
        return ascii_lowered(state.name()).contains(term.value) ||
               ascii_lowered(state.description).contains(term.value);
    }
    if (term.qualifier == "archived") {
        return state.archived == (term.value == "true");
    }
    return term.qualifier != "language" || term.value == "javascript";
}

}  // namespace

http::Response search_issues(const Call& call) {
    auto read = read_question(call);
    if (auto* no = std::get_if<http::Response>(&read)) {
        return std::move(*no);
    }
    const auto& asked = std::get<Asked>(read);
    std::vector<FoundIssue> rows;
    for (const auto* repository : repositories(call, asked.query)) {
        for (const auto& issue : call.workspace.look(*repository).issues) {
            if (issue_matches(asked.query, issue)) {
                rows.push_back({.repository = repository, .issue = issue});
            }
        }
    }
    sort_found(rows, asked);
    return answer_with(
        call, rows, "/search/issues",
        [&](const FoundIssue& found) {
            auto out = issue_object(call.workspace.look(*found.repository), found.issue, call.newer,
                                    false);
            out["score"] = 1.0;
            if (out["body"].is_null()) {
                out.erase("body");  // never null here, says the schema
            }
            return out;
        },
        true);
}

http::Response search_repositories(const Call& call) {
    auto read = read_question(call);
    if (auto* no = std::get_if<http::Response>(&read)) {
        return std::move(*no);
    }
    const auto& asked = std::get<Asked>(read);
    std::vector<const Repository*> rows;
    for (const auto& repository : call.store.repositories()) {
        if (!in_scope(asked.query, repository.facts.name)) {
            continue;
        }
        const auto& state = call.workspace.look(repository);
        if (std::ranges::all_of(asked.query.terms, [&](const SearchQuery::Term& term) {
                const auto& name = term.qualifier;
                return name == "repo" || name == "user" || name == "org" || name == "in" ||
                       repository_fits(term, state) != term.negated;
            })) {
            rows.push_back(&repository);
        }
    }
    if (asked.sort == "updated") {
        std::ranges::sort(rows, std::ranges::greater(), [&](const Repository* repository) {
            return std::pair(call.workspace.look(*repository).updated, repository->facts.name);
        });
        if (asked.ascending) {
            std::ranges::reverse(rows);
        }
    }
    return answer_with(call, rows, "/search/repositories", [&](const Repository* repository) {
        auto out = repository_object(call.workspace.look(*repository), RepositoryDetail::short_form,
                                     call.newer);
        out["score"] = 1.0;
        return out;
    });
}

http::Response search_code(const Call& call) {
    if (call.login.empty()) {
        return error(401, "Requires authentication", documentation);
    }
    auto read = read_question(call);
    if (auto* no = std::get_if<http::Response>(&read)) {
        return std::move(*no);
    }
    const auto& asked = std::get<Asked>(read);
    if (std::ranges::none_of(asked.query.terms,
                             [](const auto& term) { return term.qualifier.empty(); })) {
        return validation_error(
            {.resource = "Search",
             .code = "invalid",
             .field = "q",
             .message = "The search must include at least one term to be found."},
            documentation);
    }
    struct Hit {
        const Repository* repository;
        std::string path;
    };
    std::vector<Hit> rows;
    for (const auto* repository : repositories(call, asked.query)) {
        for (const auto& [path, file] : call.workspace.look(*repository).files) {
            const bool fits = std::ranges::all_of(asked.query.terms, [&](const auto& term) {
                return code_fits(term, path, file) != term.negated;
            });
            if (fits && file.submodule.empty()) {
                rows.push_back({.repository = repository, .path = path});
            }
        }
    }
    return answer_with(call, rows, "/search/code", [&](const Hit& hit) {
        const auto& state = call.workspace.look(*hit.repository);
        auto out = code_object(state, hit.path, state.files.at(hit.path));
        out["score"] = 1.0;
        return out;
    });
}

}  // namespace apilab::sandbox::github
