#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace apilab::data {

/// A member that has to be there and may be null: absent is drift, null is not. Written back as
/// null where it is empty. (`std::optional` is for what may be absent or null, whichever: written
/// back, an empty one is absent.)
template <class T>
struct Nullable : std::optional<T> {
    using std::optional<T>::optional;
    using std::optional<T>::operator=;
};

/// A member in three states: absent, null, a value. Written back as it came; what a PATCH needs,
/// where null deletes and absent leaves alone.
template <class T>
class Field {
public:
    Field() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): a value is a field with that value
    Field(T value) : value_(std::move(value)), present_(true) {}
    [[nodiscard]] static Field null() {
        Field field;
        field.present_ = true;
        return field;
    }

    [[nodiscard]] bool absent() const { return !present_; }
    [[nodiscard]] bool is_null() const { return present_ && !value_; }
    [[nodiscard]] bool has_value() const { return value_.has_value(); }
    [[nodiscard]] const std::optional<T>& value() const { return value_; }
    [[nodiscard]] const T& operator*() const { return *value_; }
    [[nodiscard]] const T* operator->() const { return &*value_; }
    bool operator==(const Field&) const = default;

private:
    std::optional<T> value_;
    bool present_ = false;
};

/// A value of a described enum, or the text of one that the enum does not have (yet): kept, and
/// written back unchanged. A new value of an enum is drift that breaks nothing.
///
///     switch (issue.state.known().value_or(State::closed)) { ... }
template <class E>
class Open {
public:
    Open() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): each value of the enum is one
    Open(E value) : value_(value) {}
    /// For a text that is none of the enum's names.
    [[nodiscard]] static Open unknown(std::string text) {
        Open open;
        open.value_.reset();
        open.text_ = std::move(text);
        return open;
    }

    [[nodiscard]] std::optional<E> known() const { return value_; }
    /// The text that the enum does not have; empty where it is known.
    [[nodiscard]] const std::string& unknown_text() const { return text_; }
    bool operator==(const Open&) const = default;

private:
    std::optional<E> value_ = E{};
    std::string text_;
};

/// A decimal number exactly as it was written: `0.10` stays `0.10`, and no double is involved. In
/// JSON it is a number or a string (as most APIs send money); it is written back as the same.
///
/// A number needs the document's text, which is looked at once more for it (`Json::number_text`). A
/// document with an integer beyond 2^64 or a number beyond 1e308 is refused as a whole before this
/// type sees it: such amounts have to be strings.
class Decimal {
public:
    /// Zero, as a number.
    Decimal() = default;
    /// `-12.50`, `1e3`: what RFC 8259 calls a number, at most 64 characters. Nothing for others.
    [[nodiscard]] static std::optional<Decimal> parse(std::string_view text, bool quoted = false);

    [[nodiscard]] const std::string& text() const { return text_; }
    /// Did it come as a string?
    [[nodiscard]] bool quoted() const { return quoted_; }
    /// In units of 10^-`places`, exactly: `12.5` is 1250 for 2. Nothing where digits would be lost
    /// or it does not fit.
    [[nodiscard]] std::optional<std::int64_t> scaled(int places) const;
    /// The same text; `0.1` and `0.10` differ.
    bool operator==(const Decimal&) const = default;

private:
    std::string text_ = "0";
    bool quoted_ = false;
};

/// A value that is not looked into: its JSON text, compact, numbers as they were written.
struct RawJson {
    std::string text = "null";
    bool operator==(const RawJson&) const = default;
};

/// As a member of a described struct: what the struct does not describe, and described members that
/// could not be used under `OnDrift::tolerant`, in document order; written back after the others.
class UnknownFields {
public:
    struct Entry {
        std::string name;
        RawJson value;
        bool operator==(const Entry&) const = default;
    };

    [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
    [[nodiscard]] bool empty() const { return entries_.empty(); }
    /// Nothing where there is none of that name.
    [[nodiscard]] const RawJson* find(std::string_view name) const;
    void add(std::string name, RawJson value) {
        entries_.push_back({std::move(name), std::move(value)});
    }
    /// Removes all of that name.
    void remove(std::string_view name);
    bool operator==(const UnknownFields&) const = default;

private:
    std::vector<Entry> entries_;
};

}  // namespace apilab::data
