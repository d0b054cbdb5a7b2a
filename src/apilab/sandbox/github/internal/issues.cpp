#include "apilab/sandbox/github/internal/issues.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/http/date.hpp"
#include "apilab/sandbox/github/internal/events.hpp"
#include "apilab/sandbox/github/internal/issue_bodies.hpp"
#include "apilab/sandbox/internal/query.hpp"

namespace apilab::sandbox::github {
namespace {

namespace json = boost::json;

constexpr std::string_view list_page =
    "https://docs.github.com/rest/issues/issues#list-repository-issues";
constexpr std::string_view create_page =
    "https://docs.github.com/rest/issues/issues#create-an-issue";
constexpr std::string_view update_page =
    "https://docs.github.com/rest/issues/issues#update-an-issue";
constexpr std::size_t title_max = 256;
constexpr std::size_t body_max = 65'536;
constexpr std::size_t assignees_max = 10;

bool has_label(const Issue& issue, std::string_view wanted) {
    return std::ranges::any_of(issue.labels, [&](const std::string& label) {
        return ascii_lowered(label) == ascii_lowered(wanted);
    });
}

bool has_labels(const Issue& issue, std::string_view wanted) {
    while (!wanted.empty()) {
        const auto comma = wanted.find(',');
        if (const auto one = wanted.substr(0, comma); !one.empty() && !has_label(issue, one)) {
            return false;
        }
        wanted = comma == std::string_view::npos ? std::string_view() : wanted.substr(comma + 1);
    }
    return true;
}

bool fits_people(const Issue& issue, const Incoming& incoming) {
    const auto creator = query_value(incoming, "creator");
    const auto assignee = query_value(incoming, "assignee");
    const auto mentioned = query_value(incoming, "mentioned");
    if (!creator.empty() && creator != issue.user) {
        return false;
    }
    if (assignee == "none" || assignee == "*") {
        if (issue.assignees.empty() != (assignee == "none")) {
            return false;
        }
    } else if (!assignee.empty() &&
               std::ranges::find(issue.assignees, assignee) == issue.assignees.end()) {
        return false;
    }
    return mentioned.empty() || issue.body.value_or("").contains("@" + std::string(mentioned));
}

bool fits(const Issue& issue, const Incoming& incoming, const std::optional<std::string>& since) {
    const auto state = query_value(incoming, "state");
    const auto milestone = query_value(incoming, "milestone");
    const bool wanted = state == "all" || issue.open == (state != "closed");
    return wanted && (milestone.empty() || milestone == "none") &&
           (!since || issue.updated >= *since) &&
           has_labels(issue, query_value(incoming, "labels")) && fits_people(issue, incoming);
}

void sort_issues(std::vector<const Issue*>& rows, std::string_view by, bool descending) {
    std::ranges::sort(rows, [&](const Issue* a, const Issue* b) {
        if (by == "updated") {
            return std::tie(a->updated, a->number) < std::tie(b->updated, b->number);
        }
        if (by == "comments" || by == "popularity") {
            return std::tie(a->comments, a->number) < std::tie(b->comments, b->number);
        }
        return a->number < b->number;
    });
    if (descending) {
        std::ranges::reverse(rows);
    }
}

// A parameter with a value that it cannot have.
std::optional<http::Response> wrong_parameter(const Incoming& incoming, std::string_view name,
                                              std::initializer_list<std::string_view> values,
                                              std::string_view resource,
                                              std::string_view documentation) {
    const auto value = query_value(incoming, name);
    if (value.empty() || std::ranges::find(values, value) != values.end()) {
        return std::nullopt;
    }
    return validation_error({.resource = resource, .code = "invalid", .field = name},
                            documentation);
}

std::optional<http::Response> wrong_list(const Incoming& incoming) {
    if (auto no =
            wrong_parameter(incoming, "state", {"open", "closed", "all"}, "Issue", list_page)) {
        return no;
    }
    if (auto no = wrong_parameter(incoming, "sort", {"created", "updated", "comments"}, "Issue",
                                  list_page)) {
        return no;
    }
    return wrong_parameter(incoming, "direction", {"asc", "desc"}, "Issue", list_page);
}

// A title may be a number; nothing: something else.
std::optional<std::string> title_of(http::Json body) {
    if (const auto number = body["title"].integer()) {
        return std::to_string(*number);
    }
    return text_member(body, "title");
}

std::optional<http::Response> wrong_texts(http::Json body, std::string_view documentation) {
    const auto title = body["title"];
    if (!title.missing() && !title_of(body)) {
        return error(422,
                     "Invalid request.\n\nFor 'properties/title', the value is not a string or "
                     "an integer.",
                     documentation);
    }
    const auto text = title_of(body).value_or("x");
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
        return validation_error({.resource = "Issue", .code = "missing_field", .field = "title"},
                                documentation);
    }
    const auto long_text = [&](std::string_view field, std::size_t most) {
        return validation_error(
            {.resource = "Issue",
             .code = "custom",
             .field = field,
             .message = fmt::format("{} is too long (maximum is {} characters)", field, most)},
            documentation);
    };
    if (text.size() > title_max) {
        return long_text("title", title_max);
    }
    if (text_member(body, "body").value_or("").size() > body_max) {
        return long_text("body", body_max);
    }
    if (!body["body"].missing() && !body["body"].is_null() && !body["body"].is_string()) {
        return error(422, "Invalid request.\n\nFor 'properties/body', the value is not a string.",
                     documentation);
    }
    return std::nullopt;
}

std::vector<std::string> read_assignees(http::Json body) {
    std::vector<std::string> out;
    if (const auto one = text_member(body, "assignee"); one && !one->empty()) {
        out.push_back(*one);
    }
    for (const auto entry : body["assignees"].elements()) {
        const auto login = clean(entry.string_or(""));
        if (!login.empty() && out.size() < assignees_max &&
            std::ranges::find(out, login) == out.end()) {
            out.push_back(login);
        }
    }
    return out;
}

void tell(const Call& call, const Issue& issue, std::string_view action, json::object more = {}) {
    json::object rest{{"issue", issue_object(call.look(), issue, call.newer, false)}};
    for (auto& [name, value] : more) {
        rest[name] = std::move(value);
    }
    emit(call, "issues", action, std::move(rest));
}

// What was, under `changes`, as the event `edited` bears it.
json::object change_texts(const Call& call, Issue& issue) {
    json::object changes;
    if (const auto title = title_of(call.body); title && *title != issue.title) {
        changes["title"] = json::object{{"from", issue.title}};
        issue.title = *title;
    }
    const auto body = call.body["body"];
    const auto text = body.is_null() ? std::nullopt : text_member(call.body, "body");
    if (!body.missing() && text != issue.body) {
        changes["body"] = json::object{{"from", issue.body.value_or("")}};
        issue.body = text;
    }
    return changes;
}

// `closed`, `reopened`, or nothing where it stays as it is.
std::string_view change_state(const Call& call, Issue& issue) {
    const auto wanted = call.body["state"].string_or("");
    const bool open = wanted.empty() ? issue.open : wanted == "open";
    const std::string reason(call.body["state_reason"].string_or(""));
    if (open == issue.open) {
        if (!open && !reason.empty()) {
            issue.reason = reason;
        }
        return {};
    }
    issue.open = open;
    issue.closed = open ? "" : call.at;
    issue.closed_by = open ? "" : call.login;
    if (!issue.pull) {
        issue.reason = open ? "reopened" : reason.empty() ? "completed" : reason;
    }
    return open ? "reopened" : "closed";
}

}  // namespace

std::optional<std::string> since_of(const Call& call) {
    const auto text = query_value(call.incoming, "since");
    const auto time = http::parse_iso_time(text);
    return time ? std::optional(http::format_iso_time(*time)) : std::nullopt;
}

std::optional<http::Response> gone(const Call& call) {
    if (call.look().has_issues) {
        return std::nullopt;
    }
    return error(410, "Issues are disabled for this repo", create_page);
}

Issue* issue_to_edit(const Call& call) {
    const auto number = path_number(call.incoming, "issue_number");
    if (call.look().issue(number) == nullptr) {
        return nullptr;
    }
    return &call.edit().issues[static_cast<std::size_t>(number - 1)];
}

http::Response list_issues(const Call& call) {
    if (auto no = gone(call)) {
        return *std::move(no);
    }
    const auto& incoming = call.incoming;
    if (auto no = wrong_list(incoming)) {
        return *std::move(no);
    }
    const auto since = since_of(call);
    if (!since && !query_value(incoming, "since").empty()) {
        return validation_error({.resource = "Issue", .code = "invalid", .field = "since"},
                                list_page);
    }
    const auto& state = call.look();
    std::vector<const Issue*> rows;
    for (const auto& issue : state.issues) {
        if (fits(issue, incoming, since)) {
            rows.push_back(&issue);
        }
    }
    sort_issues(rows, query_value(incoming, "sort"), query_value(incoming, "direction") != "asc");
    return list_reply(call, rows, [&](const Issue* issue) {
        return issue_object(state, *issue, call.newer, false);
    });
}

http::Response get_issue(const Call& call) {
    if (auto no = gone(call)) {
        return *std::move(no);
    }
    const auto& state = call.look();
    const auto* issue = state.issue(path_number(call.incoming, "issue_number"));
    if (issue == nullptr) {
        return not_found();
    }
    return modified(reply(call, 200, issue_object(state, *issue, call.newer, true)),
                    issue->updated);
}

http::Response create_issue(const Call& call) {
    if (auto no = gone(call)) {
        return *std::move(no);
    }
    if (call.body["title"].missing()) {
        return not_supplied("title", create_page);
    }
    if (auto no = wrong_texts(call.body, create_page)) {
        return *std::move(no);
    }
    auto& state = call.edit();
    if (state.issues.size() >= rows_max) {
        return full();
    }
    Issue issue{.number = static_cast<std::int64_t>(state.issues.size()) + 1,
                .title = *title_of(call.body),
                .body = text_member(call.body, "body"),
                .user = call.login,
                .created = call.at,
                .updated = call.at,
                .ours = true};
    // Without the right to write they are dropped, and nothing says so.
    if (call.push) {
        auto labels = read_labels(state, call.body["labels"]);
        if (!labels && !call.body["labels"].missing()) {
            return validation_error({.resource = "Issue", .code = "invalid", .field = "labels"},
                                    create_page);
        }
        issue.labels = std::move(labels).value_or(std::vector<std::string>());
        issue.assignees = read_assignees(call.body);
    }
    state.updated = call.at;
    state.issues.push_back(std::move(issue));
    const auto& made = state.issues.back();
    call.incoming.note("created", fmt::format("{}#{}", state.name(), made.number));
    tell(call, made, "opened");
    for (const auto& label : made.labels) {
        tell(call, made, "labeled", {{"label", label_object(state, *state.label(label))}});
    }
    return created(call, issue_object(state, made, call.newer, true));
}

http::Response update_issue(const Call& call) {
    if (auto no = gone(call)) {
        return *std::move(no);
    }
    const auto* known = call.look().issue(path_number(call.incoming, "issue_number"));
    if (known == nullptr) {
        return not_found();
    }
    if (!call.push && known->user != call.login) {
        return error(403, "Must have admin rights to Repository.", update_page);
    }
    if (auto no = wrong_texts(call.body, update_page)) {
        return *std::move(no);
    }
    const auto wrong = [](std::string_view field) {
        return validation_error({.resource = "Issue", .code = "invalid", .field = field},
                                update_page);
    };
    const auto wanted = call.body["state"];
    if (!wanted.missing() && wanted.string_or("") != "open" && wanted.string_or("") != "closed") {
        return wrong("state");
    }
    const auto reason = call.body["state_reason"].string_or("");
    if (!reason.empty() && reason != "completed" && reason != "not_planned" &&
        reason != "reopened" && reason != "duplicate") {
        return wrong("state_reason");
    }
    auto& state = call.edit();
    auto& issue = *issue_to_edit(call);
    if (call.push && !call.body["labels"].missing()) {
        auto labels = read_labels(state, call.body["labels"]);
        if (!labels) {
            return wrong("labels");
        }
        issue.labels = *std::move(labels);
    }
    if (call.push && (!call.body["assignees"].missing() || !call.body["assignee"].missing())) {
        issue.assignees = read_assignees(call.body);
    }
    auto changes = change_texts(call, issue);
    const auto turned = change_state(call, issue);
    issue.updated = state.updated = call.at;
    if (!changes.empty()) {
        tell(call, issue, "edited", {{"changes", std::move(changes)}});
    }
    if (!turned.empty()) {
        tell(call, issue, turned);
    }
    return reply(call, 200, issue_object(state, issue, call.newer, true));
}

http::Response list_pulls(const Call& call) {
    constexpr std::string_view documentation =
        "https://docs.github.com/rest/pulls/pulls#list-pull-requests";
    const auto& incoming = call.incoming;
    if (auto no = wrong_parameter(incoming, "state", {"open", "closed", "all"}, "PullRequest",
                                  documentation)) {
        return *std::move(no);
    }
    const auto& state = call.look();
    const auto wanted = query_value(incoming, "state");
    const auto base = query_value(incoming, "base");
    const auto head = query_value(incoming, "head");
    std::vector<const Issue*> rows;
    for (const auto& issue : state.issues) {
        const bool of_state = wanted == "all" || issue.open == (wanted != "closed");
        const bool of_branch = (base.empty() || base == "main") &&
                               (head.empty() || head == state.owner() + ":" + branch_of(issue));
        if (issue.pull && of_state && of_branch) {
            rows.push_back(&issue);
        }
    }
    const auto sort = query_value(incoming, "sort");
    const auto direction = query_value(incoming, "direction");
    const bool newest_first =
        direction == "desc" || (direction.empty() && (sort.empty() || sort == "created"));
    sort_issues(rows, sort, newest_first);
    return list_reply(call, rows, [&](const Issue* issue) {
        return pull_object(state, *issue, call.newer, false);
    });
}

http::Response get_pull(const Call& call) {
    const auto& state = call.look();
    const auto* issue = state.issue(path_number(call.incoming, "pull_number"));
    return issue == nullptr || !issue->pull
               ? not_found()
               : reply(call, 200, pull_object(state, *issue, call.newer, true));
}

}  // namespace apilab::sandbox::github
