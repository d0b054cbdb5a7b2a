#include "apilab/http/json.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <type_traits>
#include <utility>

namespace apilab::http {
namespace {

namespace dom = simdjson::dom;

static_assert(sizeof(dom::element) == sizeof(Json::Slot));
static_assert(std::is_trivially_copyable_v<dom::element>);

dom::element element_of(Json::Slot slot) {
    return std::bit_cast<dom::element>(slot);
}

Json view_of(dom::element element) {
    return Json(std::bit_cast<Json::Slot>(element));
}

template <class T>
std::optional<T> value_of(Json::Slot slot) {
    T value{};
    if (slot[0] == 0 || element_of(slot).get(value) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    return value;
}

// An iterator of simdjson is one tape reference, as an element is; both are kept in a Slot.
static_assert(sizeof(dom::array::iterator) == sizeof(Json::Slot));
static_assert(sizeof(dom::object::iterator) == sizeof(Json::Slot));

Json::Slot slot_of(dom::array::iterator at) {
    return std::bit_cast<Json::Slot>(at);
}

/// The element at an index as RFC 6901 writes it: `0`, `10`, never `01`.
Json element_at(const Json& array, std::string_view text) {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
    const bool canonical = text == "0" || !text.starts_with('0');
    if (error != std::errc() || end != text.data() + text.size() || !canonical) {
        return {};
    }
    for (const Json element : array.elements()) {
        if (index-- == 0) {
            return element;
        }
    }
    return {};
}

/// `~1` is `/` and `~0` is `~`, in this order; a `~` before anything else stands for itself.
std::string unescaped(std::string_view step) {
    std::string key;
    for (std::size_t i = 0; i < step.size(); ++i) {
        const char next = step[i] == '~' && i + 1 < step.size() ? step[i + 1] : '\0';
        if (next == '0' || next == '1') {
            key += next == '0' ? '~' : '/';
            ++i;
        } else {
            key += step[i];
        }
    }
    return key;
}

}  // namespace

Json::Kind Json::kind() const {
    if (missing()) {
        return Kind::missing;
    }
    switch (element_of(slot_).type()) {
        case dom::element_type::ARRAY:
            return Kind::array;
        case dom::element_type::OBJECT:
            return Kind::object;
        case dom::element_type::INT64:
        case dom::element_type::UINT64:
            return Kind::integer;
        case dom::element_type::DOUBLE:
            return Kind::number;
        case dom::element_type::STRING:
            return Kind::string;
        case dom::element_type::BOOL:
            return Kind::boolean;
        case dom::element_type::NULL_VALUE:
            return Kind::null;
    }
    return Kind::missing;
}

std::optional<std::string_view> Json::string() const {
    return value_of<std::string_view>(slot_);
}
std::optional<std::int64_t> Json::integer() const {
    return value_of<std::int64_t>(slot_);
}
std::optional<std::uint64_t> Json::unsigned_integer() const {
    return value_of<std::uint64_t>(slot_);
}
std::optional<double> Json::number() const {
    return value_of<double>(slot_);
}
std::optional<bool> Json::boolean() const {
    return value_of<bool>(slot_);
}

std::string_view Json::string_or(std::string_view fallback) const {
    return string().value_or(fallback);
}

Json Json::operator[](std::string_view key) const {
    if (!is_object()) {
        return {};
    }
    dom::element found;
    if (element_of(slot_).at_key(key).get(found) != simdjson::SUCCESS) {
        return {};
    }
    return view_of(found);
}

// Our own walk, because simdjson's lets an index wrap around 2^64.
Json Json::at_pointer(std::string_view pointer) const {
    Json at = *this;
    while (!pointer.empty() && !at.missing()) {
        if (pointer.front() != '/') {
            return {};
        }
        pointer.remove_prefix(1);
        const auto step = pointer.substr(0, pointer.find('/'));
        pointer.remove_prefix(step.size());
        at = at.is_array() ? element_at(at, step) : at[unescaped(step)];
    }
    return at;
}

Json::Elements Json::elements() const {
    if (!is_array()) {
        return {Elements::Iterator(), Elements::Iterator()};
    }
    const dom::array array(element_of(slot_));
    return {Elements::Iterator(slot_of(array.begin())), Elements::Iterator(slot_of(array.end()))};
}

Json::Members Json::members() const {
    if (!is_object()) {
        return {Members::Iterator(), Members::Iterator()};
    }
    const dom::object object(element_of(slot_));
    return {Members::Iterator(std::bit_cast<Slot>(object.begin())),
            Members::Iterator(std::bit_cast<Slot>(object.end()))};
}

Json::Elements::Iterator& Json::Elements::Iterator::operator++() {
    auto at = std::bit_cast<dom::array::iterator>(at_);
    ++at;
    at_ = std::bit_cast<Slot>(at);
    return *this;
}

Json::Member Json::Members::Iterator::operator*() const {
    const auto at = std::bit_cast<dom::object::iterator>(at_);
    return {at.key(), view_of(at.value())};
}

Json::Members::Iterator& Json::Members::Iterator::operator++() {
    auto at = std::bit_cast<dom::object::iterator>(at_);
    ++at;
    at_ = std::bit_cast<Slot>(at);
    return *this;
}

std::size_t Json::size() const {
    // simdjson stores counts only up to 2^24 - 1; counting is exact for every size.
    std::size_t count = 0;
    if (is_array()) {
        for ([[maybe_unused]] const auto& element : elements()) {
            ++count;
        }
    } else if (is_object()) {
        for ([[maybe_unused]] const auto& member : members()) {
            ++count;
        }
    }
    return count;
}

std::string Json::to_text() const {
    return missing() ? "null" : simdjson::minify(element_of(slot_));
}

struct JsonDocument::Parts {
    dom::parser parser;
    dom::element root;
};

JsonDocument::JsonDocument(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

Result<JsonDocument> JsonDocument::parse(std::string_view text, JsonLimits limits) {
    if (text.starts_with("\xEF\xBB\xBF")) {
        text.remove_prefix(3);
    }
    if (text.empty()) {  // simdjson would copy from a null pointer
        return fail(ErrorKind::decode, "not JSON: the text is empty");
    }
    if (text.size() > limits.size_max) {
        return fail(
            Error(ErrorKind::too_large, fmt::format("JSON of {} bytes is more than the limit of {}",
                                                    text.size(), limits.size_max)));
    }
    auto parts = std::make_unique<Parts>();
    // simdjson counts the document itself as a level.
    const std::size_t levels = std::clamp<std::size_t>(limits.depth_max, 1, 1024) + 1;
    if (parts->parser.allocate(text.size(), levels) != simdjson::SUCCESS) {
        return fail(ErrorKind::internal, "no memory to parse JSON");
    }
    const simdjson::error_code code =
        parts->parser.parse(text.data(), text.size()).get(parts->root);
    if (code == simdjson::DEPTH_ERROR) {
        return fail(ErrorKind::too_large,
                    fmt::format("JSON is nested deeper than {} levels", levels - 1));
    }
    if (code != simdjson::SUCCESS) {
        return fail(ErrorKind::decode, fmt::format("not JSON: {}", simdjson::error_message(code)));
    }
    return JsonDocument(std::move(parts));
}

Json JsonDocument::root() const {
    return view_of(parts_->root);
}

std::string json_quote(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) {
                    out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
                } else {
                    out += c;
                }
        }
    }
    return out + '"';
}

std::string pointer_step(std::string_view key) {
    std::string step = "/";
    for (const char c : key) {
        if (c == '~') {
            step += "~0";
        } else if (c == '/') {
            step += "~1";
        } else {
            step += c;
        }
    }
    return step;
}

}  // namespace apilab::http
