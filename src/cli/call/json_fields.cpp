#include "call/json_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/base/try.hpp"
#include "apilab/base/utf8.hpp"

namespace apilab::cli {

struct JsonFields::Step {
    enum class Kind : unsigned char { member, place, append };
    Kind kind = Kind::member;
    std::string name;
    std::size_t place = 0;
    /// Where it ends in the path, for messages.
    std::size_t end = 0;
};

namespace {

std::unexpected<Error> wrong(std::string_view path, std::string_view what) {
    constexpr std::size_t shown_max = 80;
    return fail(
        Error(ErrorKind::invalid_argument,
              fmt::format("the path '{}': {}", path.substr(0, shown_max), what))
            .with_detail("path")
            .with_remedy("paths are name, a[b], a[] and a[3]; brackets of a name are escaped: "
                         "a\\[b\\]"));
}

bool is_number(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, ascii_digit);
}

// What stands between brackets, or before the first of them.
struct Word {
    std::string text;
    /// A backslash was in it: it is a name, whatever it looks like.
    bool escaped = false;
};

Word read_word(std::string_view path, std::size_t& at) {
    constexpr std::string_view special = "[]\\";
    Word word;
    while (at < path.size() && path[at] != '[' && path[at] != ']') {
        if (path[at] == '\\' && at + 1 < path.size() && special.contains(path[at + 1])) {
            word.escaped = true;
            ++at;
        }
        word.text += path[at++];
    }
    // `\5` is the name 5, where 5 would be a place.
    if (!word.escaped && word.text.starts_with('\\') &&
        is_number(std::string_view(word.text).substr(1))) {
        word.text.erase(0, 1);
        word.escaped = true;
    }
    return word;
}

}  // namespace

Result<std::vector<JsonFields::Step>> JsonFields::steps_of(std::string_view path) {
    std::vector<Step> steps;
    std::size_t at = 0;
    if (!path.starts_with('[')) {
        auto name = read_word(path, at).text;
        steps.push_back({.kind = Step::Kind::member, .name = std::move(name), .end = at});
    }
    while (at < path.size()) {
        if (path[at] != '[') {
            return wrong(path, fmt::format("at {}: expected [ or the end", at + 1));
        }
        if (steps.size() >= depth_max) {
            return wrong(path, fmt::format("deeper than {}", depth_max));
        }
        ++at;
        auto word = read_word(path, at);
        if (at >= path.size() || path[at] != ']') {
            return wrong(path, fmt::format("at {}: expected ]", at + 1));
        }
        Step step{.end = ++at};
        if (word.text.empty()) {
            step.kind = Step::Kind::append;
        } else if (!word.escaped && is_number(word.text)) {
            step.kind = Step::Kind::place;
            const auto* end = word.text.data() + word.text.size();
            const auto read = std::from_chars(word.text.data(), end, step.place);
            if (read.ec != std::errc() || step.place > place_max) {
                return wrong(path, fmt::format("places go from 0 to {}", place_max));
            }
        } else if (!word.escaped && word.text.starts_with('-') &&
                   is_number(std::string_view(word.text).substr(1))) {
            return wrong(path, "a place in an array is not negative");
        } else if (steps.empty()) {
            return wrong(path, "at 2: expected a number or ]");
        } else {
            step.name = std::move(word.text);
        }
        steps.push_back(std::move(step));
    }
    return steps;
}

Result<JsonFields::Node*> JsonFields::enter(Node& at, const Step& step, std::string_view path) {
    const bool object = step.kind == Step::Kind::member;
    const auto wanted = object ? Node::Kind::object : Node::Kind::array;
    if (at.kind == Node::Kind::null) {
        at.kind = wanted;
    }
    if (at.kind != wanted) {
        const auto is = at.kind == Node::Kind::scalar
                            ? at.type
                            : (at.kind == Node::Kind::array ? "array" : "object");
        return wrong(path, fmt::format("what it goes through is a value of type {}, and '{}' needs "
                                       "an {}",
                                       is, path.substr(0, step.end), object ? "object" : "array"));
    }
    if (object) {
        const auto found = std::ranges::find(at.names, step.name);
        if (found != at.names.end()) {
            return &at.children[static_cast<std::size_t>(found - at.names.begin())];
        }
        at.names.push_back(step.name);
        return &at.children.emplace_back();
    }
    if (step.kind == Step::Kind::append) {
        return &at.children.emplace_back();
    }
    at.children.resize(std::max(at.children.size(), step.place + 1));
    return &at.children[step.place];
}

Result<void> JsonFields::set(std::string_view path, Node value) {
    if (!valid_utf8(path)) {
        return fail(ErrorKind::invalid_argument, "the field's name is not UTF-8");
    }
    APILAB_TRY(const auto steps, steps_of(path));
    Node* at = &root_;
    for (const auto& step : steps) {
        APILAB_TRY(at, enter(*at, step, path));
    }
    *at = std::move(value);
    return {};
}

Result<void> JsonFields::set_text(std::string_view path, std::string_view value) {
    if (!valid_utf8(value)) {
        return fail(Error(ErrorKind::invalid_argument, "the value is not UTF-8, as JSON has to be")
                        .with_remedy("send it as a file of a form: --form name@file"));
    }
    return set(path,
               {.kind = Node::Kind::scalar, .text = http::json_quote(value), .type = "string"});
}

JsonFields::Node JsonFields::node_of(http::Json value) {
    Node node;
    switch (value.kind()) {
        case http::Json::Kind::object:
            node.kind = Node::Kind::object;
            for (const auto& [name, member] : value.members()) {
                node.names.emplace_back(name);
                node.children.push_back(node_of(member));
            }
            return node;
        case http::Json::Kind::array:
            node.kind = Node::Kind::array;
            for (const auto element : value.elements()) {
                node.children.push_back(node_of(element));
            }
            return node;
        case http::Json::Kind::missing:
        case http::Json::Kind::null:
            return node;
        case http::Json::Kind::string:
            node.type = "string";
            break;
        case http::Json::Kind::boolean:
            node.type = "boolean";
            break;
        default:
            node.type = "number";
            break;
    }
    node.kind = Node::Kind::scalar;
    value.append_to(node.text);
    return node;
}

Result<void> JsonFields::set_json(std::string_view path, std::string_view json) {
    const auto document = http::JsonDocument::parse(json, {.depth_max = depth_max});
    if (!document) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("the value is no JSON: {}", document.error().message()))
                        .with_remedy("a text is name=value, or in quotes within the shell's: "
                                     "name:='\"value\"'"));
    }
    return set(path, node_of(document->root()));
}

void JsonFields::append(std::string& out, const Node& node) {
    switch (node.kind) {
        case Node::Kind::null:
            out += "null";
            return;
        case Node::Kind::scalar:
            out += node.text;
            return;
        case Node::Kind::array:
        case Node::Kind::object:
            break;
    }
    const bool object = node.kind == Node::Kind::object;
    out += object ? '{' : '[';
    for (std::size_t i = 0; i < node.children.size(); ++i) {
        out += i == 0 ? "" : ",";
        if (object) {
            http::append_json_quoted(out, node.names[i]);
            out += ':';
        }
        append(out, node.children[i]);
    }
    out += object ? '}' : ']';
}

std::string JsonFields::to_text() const {
    if (empty()) {
        return "{}";
    }
    std::string out;
    append(out, root_);
    return out;
}

}  // namespace apilab::cli
