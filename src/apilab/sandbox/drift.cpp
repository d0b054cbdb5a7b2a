#include "apilab/sandbox/drift.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "apilab/base/try.hpp"
#include "apilab/sandbox/internal/fields.hpp"
#include "apilab/sandbox/internal/json_value.hpp"

namespace apilab::sandbox {

namespace json = boost::json;
using internal::bad_field;

namespace {

constexpr std::size_t drift_max = 100;

constexpr std::array<std::pair<std::string_view, Drift::Op>, 7> names{
    {{"remove", Drift::Op::remove},
     {"null", Drift::Op::null},
     {"retype", Drift::Op::retype},
     {"add", Drift::Op::add},
     {"enum", Drift::Op::enumeration},
     {"rename", Drift::Op::rename},
     {"precision", Drift::Op::precision}}};

// Stands in a body for digits that no number type here holds, until it is text.
constexpr std::string_view digits_mark =
    "\x01"
    "digits";

std::size_t digits(std::string_view& text) {
    const auto count = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(count);
    return count;
}

// RFC 8259 section 6. Not asked of the parser: it knows no 1e400, which is the point.
bool is_number(std::string_view text) {
    constexpr std::size_t size_max = 1000;
    if (text.size() > size_max) {
        return false;
    }
    text.remove_prefix(text.starts_with('-') ? 1 : 0);
    const bool zero = text.starts_with('0');
    const auto whole = digits(text);
    if (whole == 0 || (zero && whole > 1)) {
        return false;
    }
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        if (digits(text) == 0) {
            return false;
        }
    }
    if (text.starts_with('e') || text.starts_with('E')) {
        text.remove_prefix(1);
        text.remove_prefix(text.starts_with('+') || text.starts_with('-') ? 1 : 0);
        return digits(text) > 0 && text.empty();
    }
    return text.empty();
}

Result<Drift> parse_one(http::Json entry, const std::string& at) {
    APILAB_CHECK(internal::only_keys(entry, at, {"op", "pointer", "to"}));
    Drift drift;
    const auto wanted = entry["op"].string_or("");
    const auto* known =
        std::ranges::find(names, wanted, &std::pair<std::string_view, Drift::Op>::first);
    if (known == names.end()) {
        return bad_field(at + "/op",
                         "expected one of remove, null, retype, add, enum, rename, "
                         "precision");
    }
    drift.op = known->second;
    APILAB_TRY(drift.pointer, internal::read_string(entry["pointer"], at + "/pointer"));
    if (!drift.pointer.starts_with('/')) {
        return bad_field(at + "/pointer", "expected a JSON pointer such as /0/user");
    }
    if (const auto to = entry["to"]; !to.missing()) {
        if (drift.op == Drift::Op::rename && to.string_or("").empty()) {
            return bad_field(at + "/to", "expected the new name");
        }
        if (drift.op == Drift::Op::precision && !is_number(to.string_or(""))) {
            return bad_field(at + "/to", "expected the digits in a string: \"9007199254740993\"");
        }
        if (drift.op != Drift::Op::remove && drift.op != Drift::Op::null) {
            drift.to = to.to_text();
        } else {
            return bad_field(at + "/to", fmt::format("{} has no new value", wanted));
        }
    }
    return drift;
}

// `a/b~c` of `a~1b~0c`.
std::string unescaped(std::string_view step) {
    std::string text;
    for (std::size_t i = 0; i < step.size(); ++i) {
        const bool escape = step[i] == '~' && i + 1 < step.size();
        text += !escape ? step[i] : (step[++i] == '1' ? '/' : '~');
    }
    return text;
}

json::value given_or(const Drift& drift, json::value own) {
    if (drift.to.empty()) {
        return own;
    }
    const auto document = http::JsonDocument::parse(drift.to);
    return document ? to_value(document->root()) : own;
}

std::string text_or(const Drift& drift, std::string own) {
    const auto document = http::JsonDocument::parse(drift.to);
    return document && !drift.to.empty() ? std::string(document->root().string_or("")) : own;
}

json::value retyped(const json::value& value) {
    return value.is_number() ? json::value(json::serialize(value)) : json::value(1);
}

// The last step of the pointer, in an object or an array.
bool change(json::value& parent, const std::string& step, const Drift& drift) {
    if (auto* object = parent.if_object()) {
        auto found = object->find(step);
        if (drift.op == Drift::Op::add) {
            object->insert_or_assign(step, given_or(drift, "new"));
            return true;
        }
        if (found == object->end()) {
            return false;
        }
        switch (drift.op) {
            case Drift::Op::remove:
                object->erase(found);
                return true;
            case Drift::Op::null:
                found->value() = nullptr;
                return true;
            case Drift::Op::retype:
                found->value() = given_or(drift, retyped(found->value()));
                return true;
            case Drift::Op::enumeration:
                found->value() = given_or(drift, "a_new_value");
                return true;
            case Drift::Op::rename: {
                auto value = std::move(found->value());
                object->erase(found);
                object->insert_or_assign(text_or(drift, step + "_new"), std::move(value));
                return true;
            }
            case Drift::Op::precision:
                if (!found->value().is_number()) {
                    return false;
                }
                found->value() =
                    std::string(digits_mark) + text_or(drift, found->value().is_double()
                                                                  ? "0.1234567890123456789012"
                                                                  : "9007199254740993");
                return true;
            case Drift::Op::add:
                break;
        }
    }
    return false;
}

bool walk(json::value& at, std::string_view pointer, const Drift& drift) {
    const auto slash = pointer.find('/', 1);
    const auto step = unescaped(pointer.substr(1, slash - 1));
    if (slash == std::string_view::npos) {
        return change(at, step, drift);
    }
    const auto rest = pointer.substr(slash);
    if (auto* object = at.if_object()) {
        const auto found = object->find(step);
        return found != object->end() && walk(found->value(), rest, drift);
    }
    auto* array = at.if_array();
    if (array == nullptr) {
        return false;
    }
    if (step == "*") {
        bool any = false;
        for (auto& element : *array) {
            any = walk(element, rest, drift) || any;
        }
        return any;
    }
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
    return error == std::errc() && end == step.data() + step.size() && index < array->size() &&
           walk((*array)[index], rest, drift);
}

std::string with_digits(std::string body) {
    constexpr std::string_view written = R"("\u0001digits)";
    for (auto at = body.find(written); at != std::string::npos; at = body.find(written, at)) {
        body.erase(at, written.size());
        body.erase(body.find('"', at), 1);
    }
    return body;
}

}  // namespace

std::string_view to_string(Drift::Op op) {
    for (const auto& [name, value] : names) {
        if (value == op) {
            return name;
        }
    }
    return "?";
}

bool breaks(Drift::Op op) {
    return op == Drift::Op::remove || op == Drift::Op::null || op == Drift::Op::retype ||
           op == Drift::Op::rename;
}

Result<std::vector<Drift>> parse_drift(http::Json json, const std::string& pointer) {
    if (!json.is_array() || json.size() == 0 || json.size() > drift_max) {
        return bad_field(pointer, "expected 1 to 100 tables { op, pointer, to }");
    }
    std::vector<Drift> drift;
    for (const auto entry : json.elements()) {
        APILAB_TRY(auto one, parse_one(entry, fmt::format("{}/{}", pointer, drift.size())));
        drift.push_back(std::move(one));
    }
    return drift;
}

std::optional<Drifted> apply_drift(std::string_view body, const std::vector<Drift>& drift) {
    const auto document = http::JsonDocument::parse(body);
    if (!document) {
        return std::nullopt;
    }
    auto value = to_value(document->root());
    Drifted drifted;
    for (const Drift& one : drift) {
        if (walk(value, one.pointer, one)) {
            drifted.applied.push_back(one.op);
        }
    }
    if (drifted.applied.empty()) {
        return std::nullopt;
    }
    drifted.body = with_digits(json::serialize(value));
    return drifted;
}

}  // namespace apilab::sandbox
