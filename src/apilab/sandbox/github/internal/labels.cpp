#include <algorithm>
#include <cctype>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/sandbox/github/internal/events.hpp"
#include "apilab/sandbox/github/internal/issue_bodies.hpp"
#include "apilab/sandbox/github/internal/issues.hpp"
#include "apilab/sandbox/internal/query.hpp"

namespace apilab::sandbox::github {
namespace {

namespace json = boost::json;

constexpr std::string_view documentation =
    "https://docs.github.com/rest/issues/labels#create-a-label";
constexpr std::string_view plain_color = "ededed";
constexpr std::size_t name_max = 50;
constexpr std::size_t labels_max = 100;

bool is_color(std::string_view text) {
    return text.size() == 6 &&
           std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

http::Response invalid(std::string_view code, std::string_view field) {
    return validation_error({.resource = "Label", .code = code, .field = field}, documentation);
}

http::Response all_of(const Call& call, const Issue& issue) {
    const auto& state = call.look();
    json::array out;
    for (const auto& name : issue.labels) {
        if (const auto* label = state.label(name)) {
            out.emplace_back(label_object(state, *label));
        }
    }
    return reply(call, 200, out);
}

void tell_issue(const Call& call, const Issue& issue, std::string_view action,
                const std::string& label) {
    const auto& state = call.look();
    if (const auto* found = state.label(label)) {
        emit(call, "issues", action,
             {{"issue", issue_object(state, issue, call.newer, false)},
              {"label", label_object(state, *found)}});
    }
}

void tell_label(const Call& call, const Label& label, std::string_view action) {
    emit(call, "label", action, {{"label", label_object(call.look(), label)}});
}

// Puts these on an issue in place of, or beside, those it has.
http::Response put_labels(const Call& call, bool keep) {
    auto* issue = issue_to_edit(call);
    if (issue == nullptr) {
        return not_found();
    }
    auto& state = call.edit();
    const auto list = call.body.is_array() ? call.body : call.body["labels"];
    auto labels = read_labels(state, list);
    if (!labels) {
        return invalid("invalid", "labels");
    }
    auto now = keep ? issue->labels : std::vector<std::string>();
    std::vector<std::string> fresh;
    for (auto& label : *labels) {
        if (std::ranges::find(now, label) == now.end()) {
            now.push_back(label);
        }
        if (std::ranges::find(issue->labels, label) == issue->labels.end()) {
            fresh.push_back(std::move(label));
        }
    }
    issue->labels = std::move(now);
    issue->updated = state.updated = call.at;
    for (const auto& label : fresh) {
        tell_issue(call, *issue, "labeled", label);
    }
    return all_of(call, *issue);
}

// Those an issue bears follow a new name, or go.
void rename(RepositoryState& state, const std::string& from, const std::string& to) {
    for (auto& issue : state.issues) {
        if (to.empty()) {
            std::erase(issue.labels, from);
        } else {
            std::ranges::replace(issue.labels, from, to);
        }
    }
}

Label* label_to_edit(const Call& call) {
    const auto name = path_value(call.incoming, "name");
    if (call.look().label(name) == nullptr) {
        return nullptr;
    }
    auto& labels = call.edit().labels;
    const auto wanted = ascii_lowered(name);
    return &*std::ranges::find(labels, wanted,
                               [](const Label& label) { return ascii_lowered(label.name); });
}

}  // namespace

std::optional<std::vector<std::string>> read_labels(RepositoryState& state, http::Json labels) {
    if (!labels.is_array() || labels.size() > labels_max) {
        return std::nullopt;
    }
    std::vector<std::string> out;
    for (const auto entry : labels.elements()) {
        const auto name =
            clean(entry.is_object() ? entry["name"].string_or("") : entry.string_or(""));
        if (name.empty() || name.size() > name_max) {
            return std::nullopt;
        }
        if (state.label(name) == nullptr) {
            state.labels.push_back({.name = name, .color = std::string(plain_color)});
        }
        const auto& known = state.label(name)->name;
        if (std::ranges::find(out, known) == out.end()) {
            out.push_back(known);
        }
    }
    return out;
}

http::Response list_labels(const Call& call) {
    const auto& state = call.look();
    return list_reply(call, state.labels,
                      [&](const Label& label) { return label_object(state, label); });
}

http::Response get_label(const Call& call) {
    const auto& state = call.look();
    const auto* label = state.label(path_value(call.incoming, "name"));
    return label == nullptr
               ? not_found()
               : modified(reply(call, 200, label_object(state, *label)), state.updated);
}

http::Response create_label(const Call& call) {
    const auto name = text_member(call.body, "name").value_or("");
    const std::string color(call.body["color"].string_or(plain_color));
    if (name.empty()) {
        return invalid("missing_field", "name");
    }
    if (name.size() > name_max) {
        return invalid("invalid", "name");
    }
    if (!is_color(color)) {
        return invalid("invalid", "color");
    }
    if (call.look().label(name) != nullptr) {
        return invalid("already_exists", "name");
    }
    auto& state = call.edit();
    if (state.labels.size() >= rows_max) {
        return full();
    }
    state.labels.push_back({.name = name,
                            .color = ascii_lowered(color),
                            .description = text_member(call.body, "description").value_or("")});
    state.updated = call.at;
    tell_label(call, state.labels.back(), "created");
    return created(call, label_object(state, state.labels.back()));
}

http::Response update_label(const Call& call) {
    auto* label = label_to_edit(call);
    if (label == nullptr) {
        return not_found();
    }
    const auto color = call.body["color"].string_or(label->color);
    if (!is_color(color)) {
        return invalid("invalid", "color");
    }
    const auto name = text_member(call.body, "new_name").value_or(label->name);
    const auto* other = call.look().label(name);
    if (name.empty() || name.size() > name_max) {
        return invalid("invalid", "name");
    }
    if (other != nullptr && other != label) {
        return invalid("already_exists", "name");
    }
    label->color = ascii_lowered(color);
    label->description = text_member(call.body, "description").value_or(label->description);
    rename(call.edit(), label->name, name);
    label->name = name;
    call.edit().updated = call.at;
    tell_label(call, *label, "edited");
    return reply(call, 200, label_object(call.look(), *label));
}

http::Response delete_label(const Call& call) {
    const auto* label = label_to_edit(call);
    if (label == nullptr) {
        return not_found();
    }
    auto& state = call.edit();
    state.updated = call.at;
    tell_label(call, *label, "deleted");
    const auto name = label->name;
    rename(state, name, "");
    std::erase_if(state.labels, [&](const Label& one) { return one.name == name; });
    return no_content();
}

http::Response list_issue_labels(const Call& call) {
    const auto& state = call.look();
    const auto* issue = state.issue(path_number(call.incoming, "issue_number"));
    if (issue == nullptr) {
        return not_found();
    }
    return list_reply(call, issue->labels, [&](const std::string& name) {
        return label_object(state, *state.label(name));
    });
}

http::Response add_issue_labels(const Call& call) {
    return put_labels(call, true);
}

http::Response set_issue_labels(const Call& call) {
    return put_labels(call, false);
}

http::Response remove_issue_labels(const Call& call) {
    auto* issue = issue_to_edit(call);
    if (issue == nullptr) {
        return not_found();
    }
    issue->labels.clear();
    issue->updated = call.edit().updated = call.at;
    return no_content();
}

http::Response remove_issue_label(const Call& call) {
    auto* issue = issue_to_edit(call);
    if (issue == nullptr) {
        return not_found();
    }
    const auto wanted = ascii_lowered(path_value(call.incoming, "name"));
    const auto found = std::ranges::find(
        issue->labels, wanted, [](const std::string& name) { return ascii_lowered(name); });
    if (found == issue->labels.end()) {
        return error(404, "Label does not exist", documentation);
    }
    const auto name = *found;
    issue->labels.erase(found);
    issue->updated = call.edit().updated = call.at;
    tell_issue(call, *issue, "unlabeled", name);
    return all_of(call, *issue);
}

}  // namespace apilab::sandbox::github
