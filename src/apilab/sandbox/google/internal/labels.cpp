#include <algorithm>
#include <array>
#include <utility>

#include "apilab/http/headers.hpp"
#include "apilab/sandbox/google/internal/bodies.hpp"
#include "apilab/sandbox/google/internal/call.hpp"
#include "apilab/sandbox/internal/query.hpp"

namespace apilab::sandbox::google {
namespace {

namespace json = boost::json;

constexpr std::size_t labels_max = 10'000;

Label* label_of(const Call& call) {
    return call.mailbox().find_label(path_value(*call.incoming, "id"));
}

// The label of a body, put over one that is there; a PUT begins anew but for the name.
std::expected<Label, http::Response> read_label(const Call& call, Label label) {
    const auto name = call.body["name"];
    label.name = name.string_or(label.name);
    if (label.name.empty() || label.name.size() > 225) {
        return std::unexpected(invalid_argument("Invalid label name"));
    }
    const bool taken = std::ranges::any_of(call.mailbox().labels(), [&](const Label& other) {
        return other.id != label.id && http::iequals(other.name, label.name);
    });
    if (taken) {
        return std::unexpected(error(409, "aborted", "Label name exists or conflicts"));
    }
    label.in_list = call.body["labelListVisibility"].string_or(label.in_list);
    label.in_messages = call.body["messageListVisibility"].string_or(label.in_messages);
    constexpr std::array<std::string_view, 3> in_list = {"labelShow", "labelShowIfUnread",
                                                         "labelHide"};
    if (std::ranges::find(in_list, label.in_list) == in_list.end() ||
        (label.in_messages != "show" && label.in_messages != "hide")) {
        return std::unexpected(invalid_argument("Invalid value for label visibility"));
    }
    const auto color = call.body["color"];
    label.text_color = color["textColor"].string_or(label.text_color);
    label.background_color = color["backgroundColor"].string_or(label.background_color);
    return label;
}

}  // namespace

http::Response list_labels(const Call& call) {
    json::array labels;
    for (const auto& label : call.mailbox().labels()) {
        labels.emplace_back(label_object(label, call.mailbox(), false));
    }
    return found({{"labels", std::move(labels)}});
}

http::Response get_label(const Call& call) {
    const auto* label = label_of(call);
    return label == nullptr ? not_found() : found(label_object(*label, call.mailbox(), true));
}

http::Response create_label(const Call& call) {
    if (call.mailbox().labels().size() >= labels_max) {
        return invalid_argument("Too many labels");
    }
    auto label = read_label(call, {});
    if (!label) {
        return std::move(label).error();
    }
    return found(label_object(call.mailbox().add_label(*std::move(label)), call.mailbox(), false));
}

http::Response update_label(const Call& call) {
    auto* label = label_of(call);
    if (label == nullptr) {
        return not_found();
    }
    if (label->system) {
        return invalid_argument("Invalid update request");
    }
    const bool whole = call.incoming->request->method() == "PUT";
    auto changed = read_label(
        call, whole ? Label{.id = label->id, .name = label->name, .system = false} : *label);
    if (!changed) {
        return std::move(changed).error();
    }
    *label = *std::move(changed);
    return found(label_object(*label, call.mailbox(), false));
}

http::Response delete_label(const Call& call) {
    const auto* label = label_of(call);
    if (label == nullptr) {
        return not_found();
    }
    if (label->system) {
        return invalid_argument("Invalid delete request");
    }
    call.mailbox().remove_label(std::string(label->id), call.now());
    return no_content();
}

}  // namespace apilab::sandbox::google
