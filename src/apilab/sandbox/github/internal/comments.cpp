#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "apilab/sandbox/github/internal/events.hpp"
#include "apilab/sandbox/github/internal/issue_bodies.hpp"
#include "apilab/sandbox/github/internal/issues.hpp"
#include "apilab/sandbox/internal/query.hpp"

namespace apilab::sandbox::github {
namespace {

namespace json = boost::json;

constexpr std::string_view documentation =
    "https://docs.github.com/rest/issues/comments#create-an-issue-comment";
constexpr std::size_t body_max = 65'536;

// Where a comment stands, or the number of comments.
std::size_t position(const RepositoryState& state, std::int64_t id) {
    return static_cast<std::size_t>(std::ranges::find(state.comments, id, &Comment::id) -
                                    state.comments.begin());
}

std::optional<http::Response> wrong_body(const Call& call) {
    if (call.body["body"].missing()) {
        return not_supplied("body", documentation);
    }
    const auto body = text_member(call.body, "body").value_or("");
    if (body.find_first_not_of(" \t\r\n") == std::string::npos) {
        return validation_error(
            {.resource = "IssueComment",
             .code = call.body["body"].is_string() ? "missing_field" : "invalid",
             .field = "body"},
            documentation);
    }
    if (body.size() > body_max) {
        return validation_error({.resource = "IssueComment",
                                 .code = "unprocessable",
                                 .field = "data",
                                 .message = "Body is too long (maximum is 65536 characters)"},
                                documentation);
    }
    return std::nullopt;
}

void tell(const Call& call, const Comment& comment, std::string_view action,
          json::object more = {}) {
    const auto& state = call.look();
    json::object rest;
    for (auto& [name, value] : more) {
        rest[name] = std::move(value);
    }
    rest["issue"] = issue_object(state, *state.issue(comment.issue), call.newer, false);
    rest["comment"] = comment_object(state, comment);
    emit(call, "issue_comment", action, std::move(rest));
}

http::Response list(const Call& call, std::vector<const Comment*> rows) {
    const auto& state = call.look();
    return list_reply(call, rows,
                      [&](const Comment* comment) { return comment_object(state, *comment); });
}

}  // namespace

http::Response list_issue_comments(const Call& call) {
    if (auto no = gone(call)) {
        return *std::move(no);
    }
    const auto& state = call.look();
    const auto number = path_number(call.incoming, "issue_number");
    if (state.issue(number) == nullptr) {
        return not_found();
    }
    const auto since = since_of(call);
    std::vector<const Comment*> rows;
    for (const auto& comment : state.comments) {
        if (comment.issue == number && (!since || comment.updated >= *since)) {
            rows.push_back(&comment);
        }
    }
    return list(call, std::move(rows));
}

http::Response list_repository_comments(const Call& call) {
    const auto since = since_of(call);
    std::vector<const Comment*> rows;
    for (const auto& comment : call.look().comments) {
        if (!since || comment.updated >= *since) {
            rows.push_back(&comment);
        }
    }
    const auto sort = query_value(call.incoming, "sort");
    if (sort == "updated") {
        std::ranges::sort(rows, [](const Comment* a, const Comment* b) {
            return std::tie(a->updated, a) < std::tie(b->updated, b);
        });
    }
    // The direction counts only where `sort` says something.
    if (!sort.empty() && query_value(call.incoming, "direction") == "desc") {
        std::ranges::reverse(rows);
    }
    return list(call, std::move(rows));
}

http::Response get_comment(const Call& call) {
    const auto& state = call.look();
    const auto at = position(state, path_number(call.incoming, "comment_id"));
    return at == state.comments.size()
               ? not_found()
               : reply(call, 200, comment_object(state, state.comments[at]));
}

http::Response create_comment(const Call& call) {
    if (auto no = gone(call)) {
        return *std::move(no);
    }
    if (call.look().issue(path_number(call.incoming, "issue_number")) == nullptr) {
        return not_found();
    }
    if (auto no = wrong_body(call)) {
        return *std::move(no);
    }
    auto& state = call.edit();
    if (state.comments.size() >= rows_max) {
        return full();
    }
    auto& issue = *issue_to_edit(call);
    ++issue.comments;
    issue.updated = state.updated = call.at;
    state.comments.push_back({.id = 2'000'000'000 + fresh_id(state, "comment"),
                              .issue = issue.number,
                              .user = call.login,
                              .body = *text_member(call.body, "body"),
                              .created = call.at,
                              .updated = call.at});
    const auto& made = state.comments.back();
    call.incoming.note("created", fmt::format("comment {}", made.id));
    tell(call, made, "created");
    return created(call, comment_object(state, made));
}

http::Response update_comment(const Call& call) {
    const auto at = position(call.look(), path_number(call.incoming, "comment_id"));
    if (at == call.look().comments.size()) {
        return not_found();
    }
    if (!call.push && call.look().comments[at].user != call.login) {
        return error(403, "Must have admin rights to Repository.", documentation);
    }
    if (auto no = wrong_body(call)) {
        return *std::move(no);
    }
    auto& state = call.edit();
    auto& comment = state.comments[at];
    const auto before = std::exchange(comment.body, *text_member(call.body, "body"));
    comment.updated = state.updated = call.at;
    tell(call, comment, "edited",
         {{"changes", json::object{{"body", json::object{{"from", before}}}}}});
    return reply(call, 200, comment_object(state, comment));
}

http::Response delete_comment(const Call& call) {
    const auto at = position(call.look(), path_number(call.incoming, "comment_id"));
    if (at == call.look().comments.size()) {
        return not_found();
    }
    if (!call.push && call.look().comments[at].user != call.login) {
        return error(403, "Must have admin rights to Repository.", documentation);
    }
    auto& state = call.edit();
    const auto comment = state.comments[at];
    auto& issue = state.issues[static_cast<std::size_t>(comment.issue - 1)];
    --issue.comments;
    issue.updated = state.updated = call.at;
    tell(call, comment, "deleted");
    state.comments.erase(state.comments.begin() + static_cast<std::ptrdiff_t>(at));
    return no_content();
}

}  // namespace apilab::sandbox::github
