#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"

namespace apilab::data {

/// How far a shape goes. Beyond any of them `Shape::truncated()` is true, and nothing is compared
/// that was not looked at.
struct ShapeLimits {
    /// Places (`/items/*/id`). Default 5,000.
    std::size_t places_max = 5000;
    /// Levels. Default 32.
    std::size_t depth_max = 32;
    /// Values that a member may have and still be taken for an enum. Default 12.
    std::size_t values_max = 12;
    /// Members of one object beyond which their names are taken for keys of a map. Default 200.
    std::size_t members_max = 200;
};

/// What is at one place of all documents that were looked at.
struct ShapePlace {
    enum Type : std::uint8_t {
        null = 1,
        boolean = 2,
        integer = 4,
        number = 8,
        string = 16,
        array = 32,
        object = 64,
    };
    /// Of `Type`, or-ed.
    std::uint8_t types = 0;
    /// How often there was a value, and how often that was an object: members that were there less
    /// often than their object are optional (`Shape::optional`).
    std::uint64_t seen = 0;
    std::uint64_t objects = 0;
    /// The values of a string that looks like an enum: words such as `open` or `NOT_FOUND`, few of
    /// them, each seen often. Never anything else from a document.
    std::map<std::string, std::uint64_t> values;
    /// More values than an enum has, or one that is no such word.
    bool any_text = false;

    /// Are the values to be taken for all that there are? From the third time on that each was seen
    /// on average.
    [[nodiscard]] bool is_enum() const;
    bool operator==(const ShapePlace&) const = default;
};
/// `integer|null`
[[nodiscard]] std::string types_text(std::uint8_t types);

/// One way in which a document or a newer shape differs from the baseline.
struct ShapeChange {
    enum class Kind : std::uint8_t {
        /// Nowhere any more, though the object around it is.
        removed,
        /// Always there before, now and then missing now.
        now_optional,
        /// Never null before.
        now_null,
        /// A type that was not there before.
        type_changed,
        /// A place that was not there before.
        new_field,
        /// A value that the enum did not have.
        new_value,
    };
    Kind kind = Kind::removed;
    /// The place, with `*` for every element: `/items/*/id`.
    std::string pointer;
    /// Types, or the new value.
    std::string before;
    std::string now;

    /// Can a client that relied on the baseline fail on it? Not on a new member or value, if it is
    /// written as it should be.
    [[nodiscard]] bool breaking() const;
    /// `/items/*/id: integer, now integer|string`
    [[nodiscard]] std::string to_string() const;
    bool operator==(const ShapeChange&) const = default;
};
[[nodiscard]] std::string_view to_string(ShapeChange::Kind kind);

/// The shape of an operation's answers: which members, of which types, missing or null how often.
/// Grows by observing, is kept as a baseline file, and is compared. Values do not stay in it, but
/// for the words of enums (`ShapePlace::values`).
///
///     Shape shape;
///     shape.observe(document.root());
///     for (const auto& change : baseline.changes(shape)) { ... }
class Shape {
public:
    explicit Shape(ShapeLimits limits = {}) : limits_(limits) {}

    /// One more document.
    void observe(const http::Json& document);
    /// What another has observed.
    void merge(const Shape& other);

    [[nodiscard]] std::uint64_t documents() const { return documents_; }
    [[nodiscard]] bool truncated() const { return truncated_; }
    /// By pointer; the root is the empty one.
    [[nodiscard]] const std::map<std::string, ShapePlace, std::less<>>& places() const {
        return places_;
    }

    /// Was the object around it there without it?
    [[nodiscard]] bool optional(std::string_view pointer) const;

    /// How `now` differs from this baseline, breaking changes first, then by place. What lies in
    /// something that is itself removed or new is not told apart; what `now` had no chance to have
    /// (an empty list, a missing object) is no change.
    [[nodiscard]] std::vector<ShapeChange> changes(const Shape& now) const;

    /// The baseline file: JSON, a place a line, stable, so that a version control shows what
    /// changed.
    [[nodiscard]] std::string to_text() const;
    /// Errors: `decode` naming the pointer; `too_large` beyond 16 MiB or the limit of places.
    [[nodiscard]] static Result<Shape> parse(std::string_view text, ShapeLimits limits = {});

    bool operator==(const Shape& other) const {
        return documents_ == other.documents_ && truncated_ == other.truncated_ &&
               places_ == other.places_;
    }

private:
    ShapePlace* at(const std::string& pointer);
    void visit(const http::Json& value, const std::string& pointer, std::size_t depth);
    void visit_members(const http::Json& value, const std::string& pointer, std::size_t depth);
    void compare_place(const std::string& pointer, const ShapePlace& before, const Shape& now,
                       std::vector<ShapeChange>& out) const;

    ShapeLimits limits_;
    std::uint64_t documents_ = 0;
    bool truncated_ = false;
    std::map<std::string, ShapePlace, std::less<>> places_;
};

}  // namespace apilab::data
