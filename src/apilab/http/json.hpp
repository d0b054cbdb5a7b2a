#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"

namespace apilab::http {

/// A value inside a `JsonDocument`: a view of 16 bytes, valid while the document lives.
///
/// Looking into something that is not there gives a *missing* view, never an error, so that a chain
/// such as `doc.root()["dist-tags"]["latest"].string()` needs one check at its end.
///
///     for (const auto& [name, entry] : doc.root()["packages"].members()) { ... }
class Json {
public:
    enum class Kind : std::uint8_t {
        missing,
        null,
        boolean,
        integer,
        number,
        string,
        array,
        object
    };
    struct Member;
    class Elements;
    class Members;

    Json() = default;

    [[nodiscard]] Kind kind() const;
    [[nodiscard]] bool missing() const { return slot_[0] == 0; }
    [[nodiscard]] bool is_null() const { return kind() == Kind::null; }
    [[nodiscard]] bool is_string() const { return kind() == Kind::string; }
    [[nodiscard]] bool is_array() const { return kind() == Kind::array; }
    [[nodiscard]] bool is_object() const { return kind() == Kind::object; }

    /// The value where it has exactly that type and is in its range, else nothing (no conversions:
    /// `"1"` is no number, `1.0` no integer).
    [[nodiscard]] std::optional<std::string_view> string() const;
    [[nodiscard]] std::optional<std::int64_t> integer() const;
    [[nodiscard]] std::optional<std::uint64_t> unsigned_integer() const;
    /// Integers too.
    [[nodiscard]] std::optional<double> number() const;
    [[nodiscard]] std::optional<bool> boolean() const;
    /// A number exactly as the document writes it (`0.10`, `1E2`, `-0`); empty for anything else.
    /// The first call on a document looks through its text once; every thread may call it.
    [[nodiscard]] std::string_view number_text() const;
    /// The string, or `fallback` where it is missing or something else.
    [[nodiscard]] std::string_view string_or(std::string_view fallback) const;

    /// The member of an object (the first of that name), else missing.
    [[nodiscard]] Json operator[](std::string_view key) const;
    /// The value at an RFC 6901 pointer (`/packages/node_modules~1a/version`; empty: this value),
    /// else missing.
    [[nodiscard]] Json at_pointer(std::string_view pointer) const;

    /// Elements of an array; empty for anything else.
    [[nodiscard]] Elements elements() const;
    /// Members of an object in document order, duplicates included; empty for anything else.
    [[nodiscard]] Members members() const;
    /// Number of elements or members, 0 for anything else.
    [[nodiscard]] std::size_t size() const;
    /// The same without counting them; 2^24 - 1 where there are as many or more.
    [[nodiscard]] std::size_t size_hint() const;

    /// Compact JSON text of this value; `null` where missing. Numbers are written anew: `0.10`
    /// becomes `0.1`.
    [[nodiscard]] std::string to_text() const;
    /// Compact JSON text with numbers as the document writes them, appended to `out`.
    void append_to(std::string& out) const;

    using Slot = std::array<std::uintptr_t, 2>;
    explicit Json(Slot slot) : slot_(slot) {}

private:
    Slot slot_{};
};

struct Json::Member {
    std::string_view key;
    Json value;
};

/// Input range over an array.
class Json::Elements {
public:
    class Iterator {
    public:
        using value_type = Json;
        using difference_type = std::ptrdiff_t;
        using iterator_concept = std::input_iterator_tag;
        Iterator() = default;
        explicit Iterator(Slot at) : at_(at) {}
        Json operator*() const { return Json(at_); }
        Iterator& operator++();
        void operator++(int) { ++*this; }
        bool operator==(const Iterator& other) const { return at_[1] == other.at_[1]; }

    private:
        Slot at_{};
    };
    Elements(Iterator first, Iterator last) : first_(first), last_(last) {}
    [[nodiscard]] Iterator begin() const { return first_; }
    [[nodiscard]] Iterator end() const { return last_; }

private:
    Iterator first_;
    Iterator last_;
};

/// Input range over an object.
class Json::Members {
public:
    class Iterator {
    public:
        using value_type = Member;
        using difference_type = std::ptrdiff_t;
        using iterator_concept = std::input_iterator_tag;
        Iterator() = default;
        explicit Iterator(Slot at) : at_(at) {}
        Member operator*() const;
        Iterator& operator++();
        void operator++(int) { ++*this; }
        bool operator==(const Iterator& other) const { return at_[1] == other.at_[1]; }

    private:
        Slot at_{};
    };
    Members(Iterator first, Iterator last) : first_(first), last_(last) {}
    [[nodiscard]] Iterator begin() const { return first_; }
    [[nodiscard]] Iterator end() const { return last_; }

private:
    Iterator first_;
    Iterator last_;
};

struct JsonLimits {
    /// Largest text in bytes. Default 100 MiB.
    std::size_t size_max = std::size_t{100} << 20U;
    /// Deepest nesting of arrays and objects (empty ones do not count). Default 256; 1 to 1024,
    /// other values are taken as the nearer end.
    std::size_t depth_max = 256;
};

/// Parsed JSON text. The only place where bytes from outside become JSON (simdjson; RFC 8259: UTF-8
/// is validated, one value, a leading byte order mark is skipped). Movable; views stay valid over a
/// move. Integers are exact from -2^63 to 2^64 - 1; text with a larger one, or with a number that
/// no double holds (`1e400`), is refused as a whole.
class JsonDocument {
public:
    /// Errors: `decode` for text that is not JSON, `too_large` beyond a limit.
    [[nodiscard]] static Result<JsonDocument> parse(std::string_view text, JsonLimits limits = {});

    JsonDocument(JsonDocument&&) noexcept;
    JsonDocument& operator=(JsonDocument&&) noexcept;
    ~JsonDocument();

    [[nodiscard]] Json root() const;

private:
    struct Parts;
    explicit JsonDocument(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

/// `text` as a JSON string with its quotes; for the few places that write JSON by hand.
[[nodiscard]] std::string json_quote(std::string_view text);
/// The same, appended to `out`.
void append_json_quoted(std::string& out, std::string_view text);
/// One step of an RFC 6901 pointer: `a/b~c` becomes `/a~1b~0c`.
[[nodiscard]] std::string pointer_step(std::string_view key);

}  // namespace apilab::http
