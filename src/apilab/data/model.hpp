#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <cstdint>
#include <string_view>

namespace apilab::data {

/// What becomes of a value that is not as the model says. Set per model (`Model<T>::on_drift`) or
/// for one call (`DecodeOptions::on_drift`). docs/explain/decode.md has the table of all cases.
enum class OnDrift : std::uint8_t {
    /// Any drift, a new member too, is an error of the call. For contract tests, and for answers
    /// that move money.
    strict,
    /// The item stays. What is missing or unusable has its default; the member as it came is kept
    /// in `UnknownFields`, where the struct has them, and written back. The default.
    tolerant,
    /// The item is left out: the element of the outermost list (or map) around the drift; of a
    /// model that sets this policy itself, the value of that model. Where there is no list around
    /// it, the call fails.
    discard_item,
    /// The value is left out: an element is not in its list, an optional member is empty, any other
    /// member has its default. It is not written back.
    discard_value,
};
[[nodiscard]] std::string_view to_string(OnDrift policy);

/// How the names of described members (`snake_case`) are spelled in JSON.
enum class Naming : std::uint8_t { as_described, camel_case };

/// One name that follows no rule.
struct Rename {
    std::string_view described;
    std::string_view json;
};

/// What a described struct or enum says about itself beyond its members; specialise it, each line
/// is optional:
///
///     template <>
///     struct apilab::data::Model<Price> {
///         static constexpr auto on_drift = OnDrift::strict;
///         static constexpr auto naming = Naming::camel_case;
///         static constexpr std::array renames{Rename{"kind", "@type"}};
///         // Members that are known and not wanted: no drift.
///         static constexpr std::array<std::string_view, 1> ignored{"_links"};
///         // Names only what it needs: no member is a new one.
///         static constexpr bool partial = true;
///     };
///
/// A trailing underscore of a described name is not part of its JSON name (`default_`, `private_`).
template <class T>
struct Model {};

}  // namespace apilab::data
