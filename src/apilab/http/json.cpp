#include "apilab/http/json.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

#include "apilab/base/ascii.hpp"

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

/// Where the numbers of a document stand in its text. simdjson keeps their values only; its tape
/// has them in the order of the text, so one pass over each pairs them.
class NumberPlaces {
public:
    NumberPlaces(const std::uint64_t* tape, std::string_view text) {
        const char* at = text.data();
        const char* const end = at + text.size();
        const std::size_t tape_size = tape[0] & payload;
        for (std::size_t i = 1; i < tape_size; ++i) {
            const char type = static_cast<char>(tape[i] >> 56U);
            if (type == 'l' || type == 'u' || type == 'd') {
                at = next_number(at, end);
                const char* const after = std::find_if_not(at, end, of_number);
                places_.push_back({i, {at, after}});
                at = after;
                ++i;  // its value
            }
        }
    }
    [[nodiscard]] std::string_view find(std::size_t tape_index) const {
        const auto found = std::ranges::lower_bound(places_, tape_index, {}, &Place::tape_index);
        return found != places_.end() && found->tape_index == tape_index ? found->text
                                                                         : std::string_view();
    }

private:
    struct Place {
        std::size_t tape_index;
        std::string_view text;
    };
    static constexpr std::uint64_t payload = (std::uint64_t{1} << 56U) - 1;

    static bool of_number(char c) {
        return ascii_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
    }
    /// The text is valid, so outside of strings a digit or a minus begins a number.
    static const char* next_number(const char* at, const char* end) {
        while (at < end && !ascii_digit(*at) && *at != '-') {
            if (*at++ == '"') {
                while (at < end && *at != '"') {
                    at += *at == '\\' ? 2 : 1;
                }
                ++at;
            }
        }
        return std::min(at, end);
    }
    std::vector<Place> places_;
};

/// A document that keeps its text, for what the tape does not say.
struct TextDocument : dom::document {
    std::unique_ptr<char[]> padded;  // NOLINT(modernize-avoid-c-arrays): as simdjson reads it
    std::size_t size = 0;
    mutable std::once_flag indexed;
    mutable std::optional<NumberPlaces> numbers;

    [[nodiscard]] std::string_view number_text(std::size_t tape_index) const {
        std::call_once(
            indexed, [this] { numbers.emplace(tape.get(), std::string_view(padded.get(), size)); });
        return numbers->find(tape_index);
    }
};

/// The first word of every view points to the document it looks into.
const TextDocument& document_of(Json::Slot slot) {
    return *static_cast<const TextDocument*>(std::bit_cast<const dom::document*>(slot[0]));
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

std::string_view Json::number_text() const {
    const Kind own = kind();
    return own == Kind::integer || own == Kind::number ? document_of(slot_).number_text(slot_[1])
                                                       : std::string_view();
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

std::size_t Json::size_hint() const {
    if (is_array()) {
        return dom::array(element_of(slot_)).size();
    }
    return is_object() ? dom::object(element_of(slot_)).size() : 0;
}

std::string Json::to_text() const {
    return missing() ? "null" : simdjson::minify(element_of(slot_));
}

void Json::append_to(std::string& out) const {
    switch (kind()) {
        case Kind::missing:
        case Kind::null:
            out += "null";
            return;
        case Kind::boolean:
            out += boolean().value_or(false) ? "true" : "false";
            return;
        case Kind::integer:
        case Kind::number:
            out += number_text();
            return;
        case Kind::string:
            append_json_quoted(out, string_or(""));
            return;
        case Kind::array: {
            out += '[';
            bool first = true;
            for (const Json element : elements()) {
                out += std::exchange(first, false) ? "" : ",";
                element.append_to(out);
            }
            out += ']';
            return;
        }
        case Kind::object: {
            out += '{';
            bool first = true;
            for (const auto& [key, value] : members()) {
                out += std::exchange(first, false) ? "" : ",";
                append_json_quoted(out, key);
                out += ':';
                value.append_to(out);
            }
            out += '}';
            return;
        }
    }
}

struct JsonDocument::Parts {
    TextDocument document;
    dom::element root;
};

JsonDocument::JsonDocument(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

namespace {
constexpr std::size_t padding = simdjson::SIMDJSON_PADDING;
}  // namespace

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
    TextDocument& document = parts->document;
    // NOLINTNEXTLINE(modernize-avoid-c-arrays): simdjson reads beyond the end, by this much
    document.padded = std::make_unique_for_overwrite<char[]>(text.size() + padding);
    document.size = text.size();
    std::memcpy(document.padded.get(), text.data(), text.size());
    std::memset(document.padded.get() + text.size(), ' ', padding);
    dom::parser parser;
    // simdjson counts the document itself as a level.
    const std::size_t levels = std::clamp<std::size_t>(limits.depth_max, 1, 1024) + 1;
    if (parser.allocate(text.size(), levels) != simdjson::SUCCESS) {
        return fail(ErrorKind::internal, "no memory to parse JSON");
    }
    const simdjson::error_code code =
        parser.parse_into_document(document, document.padded.get(), text.size(), false)
            .get(parts->root);
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

void append_json_quoted(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const auto special = std::ranges::find_if(text, [](char c) {
            return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
        });
        out.append(text.begin(), special);
        text.remove_prefix(static_cast<std::size_t>(special - text.begin()));
        if (text.empty()) {
            break;
        }
        constexpr std::string_view letters = "\"\"\\\\\nn\rr\tt";
        const auto letter = letters.find(text.front());
        if (letter != std::string_view::npos) {
            out += '\\';
            out += letters[letter + 1];
        } else {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}",
                           static_cast<unsigned>(text.front()));
        }
        text.remove_prefix(1);
    }
    out += '"';
}

std::string json_quote(std::string_view text) {
    std::string out;
    append_json_quoted(out, text);
    return out;
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
