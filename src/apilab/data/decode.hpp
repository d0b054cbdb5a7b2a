#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <bitset>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/data/decode_context.hpp"
#include "apilab/data/drift.hpp"
#include "apilab/data/field_table.hpp"
#include "apilab/data/model.hpp"
#include "apilab/data/values.hpp"
#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"

namespace apilab::data {

/// Decodes one value: what `decode` is made of. Specialise `ValueDecoder<T>` for a type of your
/// own:
///
///     template <>
///     struct apilab::data::ValueDecoder<Color> {
///         static constexpr std::string_view expected = "a colour such as #ff8800";
///         static bool decode(http::Json value, Color& out);   // false: not usable
///     };
template <class T>
struct ValueDecoder;

template <class T>
[[nodiscard]] Step decode_value(DecodeContext& context, http::Json value, const Place& at, T& out);

/// What a call gives back: the value, and in which ways the document was not as its model says.
template <class T>
struct Decoded {
    T value;
    DriftReport drift;
};

/// Decodes a value of a document into `T`: a struct or enum described with Boost.Describe, a list
/// or a map of them, or one of their member types:
///
/// - `bool`; integers of any width, exact, refused where they do not fit; `double`; `std::string`
/// - `SystemTime` (RFC 3339), `Decimal`, `RawJson`, described enums (alone or as `Open<E>`)
/// - `std::vector<T>`, `std::map<std::string, T>`, described structs in each other
/// - `std::optional<T>` (absent or null), `Nullable<T>` (there, or null), `Field<T>` (which of
/// them)
/// - `UnknownFields`: what has no member; at most one in a struct
///
/// What differs is `Drift`; what becomes of it is the policy's matter (`OnDrift`). A document whose
/// root is not usable is an error under every policy: an empty list would look like an answer.
///
///     struct Label { std::string name; std::optional<std::string> color; };
///     BOOST_DESCRIBE_STRUCT(Label, (), (name, color))
///     auto labels = data::decode<std::vector<Label>>(reply.body());
///
/// Errors: `decode` naming the JSON pointer (also in `detail()`); `too_large` beyond a limit.
template <class T>
[[nodiscard]] Result<Decoded<T>> decode(http::Json value, const DecodeOptions& options = {}) {
    DecodeContext context(options);
    Decoded<T> decoded{};
    const Step step = decode_value(context, value, Place{}, decoded.value);
    if (step != Step::kept) {
        return fail(context.take_error());
    }
    decoded.drift = context.take_report();
    return decoded;
}

/// The same from text. Errors also as `http::JsonDocument::parse`.
template <class T>
[[nodiscard]] Result<Decoded<T>> decode(std::string_view text, const DecodeOptions& options = {}) {
    auto document = http::JsonDocument::parse(text, options.json);
    return document ? decode<T>(document->root(), options) : fail(std::move(document).error());
}

template <>
struct ValueDecoder<bool> {
    static constexpr std::string_view expected = "true or false";
    static bool decode(http::Json value, bool& out);
};
template <>
struct ValueDecoder<double> {
    static constexpr std::string_view expected = "a number";
    static bool decode(http::Json value, double& out);
};
template <>
struct ValueDecoder<std::string> {
    static constexpr std::string_view expected = "a string";
    static bool decode(http::Json value, std::string& out);
};
template <>
struct ValueDecoder<Decimal> {
    static constexpr std::string_view expected = "a decimal number";
    static bool decode(http::Json value, Decimal& out);
};

template <class I>
concept JsonInteger = std::integral<I> && !std::same_as<I, bool> && !std::same_as<I, char>;

constexpr std::string_view time_text = "a time (RFC 3339)";

template <JsonInteger I>
constexpr std::string_view integer_text() {
    constexpr std::array<std::array<std::string_view, 4>, 2> texts{
        {{"an integer of 8 bits", "an integer of 16 bits", "an integer of 32 bits",
          "an integer of 64 bits"},
         {"an integer of 8 bits without a sign", "an integer of 16 bits without a sign",
          "an integer of 32 bits without a sign", "an integer of 64 bits without a sign"}}};
    return texts[std::unsigned_integral<I> ? 1 : 0][std::bit_width(sizeof(I)) - 1];
}

template <JsonInteger I>
Step decode_integer(DecodeContext& context, http::Json value, const Place& at, I& out) {
    if (const auto number = value.integer(); number && std::in_range<I>(*number)) {
        out = static_cast<I>(*number);
        return Step::kept;
    }
    if (const auto number = value.unsigned_integer(); number && std::in_range<I>(*number)) {
        out = static_cast<I>(*number);
        return Step::kept;
    }
    return value.kind() == http::Json::Kind::integer
               ? context.drift(DriftKind::out_of_range, at, integer_text<I>(), value)
               : context.mismatch(at, integer_text<I>(), value);
}

/// `one of open, closed`.
template <DescribedEnum E>
std::string expected_names() {
    std::string text = "one of ";
    for (std::size_t i = 0; i < enum_values<E>.size(); ++i) {
        text += i == 0 ? "" : ", ";
        text += enum_names<E>.name(i);
    }
    return text;
}

template <DescribedEnum E>
std::optional<E> enum_of(std::string_view text) {
    const auto index = enum_names<E>.find(text, 0);
    return index == enum_names<E>.none ? std::nullopt : std::optional<E>(enum_values<E>[index]);
}

template <DescribedEnum E>
Step decode_enum(DecodeContext& context, http::Json value, const Place& at, E& out) {
    const auto text = value.string();
    if (!text) {
        return context.mismatch(at, expected_names<E>(), value);
    }
    if (const auto known = enum_of<E>(*text)) {
        out = *known;
        return Step::kept;
    }
    return context.drift(DriftKind::unknown_enum, at, expected_names<E>(), value);
}

template <DescribedEnum E>
Step decode_enum(DecodeContext& context, http::Json value, const Place& at, Open<E>& out) {
    const auto text = value.string();
    if (!text) {
        return context.mismatch(at, expected_names<E>(), value);
    }
    if (const auto known = enum_of<E>(*text)) {
        out = *known;
        return Step::kept;
    }
    out = Open<E>::unknown(std::string(*text));
    return context.addition(DriftKind::unknown_enum, at, expected_names<E>(), value);
}

/// What becomes of an element or an entry: true where it stays.
[[nodiscard]] bool element_stays(DecodeContext& context, Step step, bool is_item);

template <class T>
Step decode_element(DecodeContext& context, http::Json value, const Place& at,
                    std::vector<T>& out) {
    if constexpr (std::is_same_v<T, bool>) {  // its elements are no objects
        bool one = false;
        const Step step = decode_value(context, value, at, one);
        out.push_back(one);
        return step;
    } else {
        return decode_value(context, value, at, out.emplace_back());
    }
}

template <class T>
Step decode_list(DecodeContext& context, http::Json value, const Place& at, std::vector<T>& out) {
    if (!value.is_array()) {
        return context.mismatch(at, "a list", value);
    }
    constexpr std::size_t reserved_max = 1024;
    out.reserve(std::min(value.size_hint(), reserved_max));
    const bool are_items = !std::exchange(context.in_item, true);
    std::size_t index = 0;
    Step ended = Step::kept;
    for (const http::Json element : value.elements()) {
        const Place place{.parent = &at, .kind = Place::Kind::element, .key = {}, .index = index++};
        if (!context.count_element(place)) {
            ended = Step::failed;
            break;
        }
        const Step step = decode_element(context, element, place, out);
        if (step == Step::failed || (step == Step::item_dropped && !are_items)) {
            ended = step;
            break;
        }
        if (step != Step::kept) {
            out.pop_back();
            if (element_stays(context, step, are_items)) {
                out.emplace_back();
            }
        }
    }
    context.in_item = !are_items;
    return ended;
}

template <class T, class Less>
Step decode_map(DecodeContext& context, http::Json value, const Place& at,
                std::map<std::string, T, Less>& out) {
    if (!value.is_object()) {
        return context.mismatch(at, "an object", value);
    }
    const bool are_items = !std::exchange(context.in_item, true);
    Step ended = Step::kept;
    for (const auto& [key, entry] : value.members()) {
        const Place place{.parent = &at, .kind = Place::Kind::entry, .key = key, .index = 0};
        if (!context.count_element(place)) {
            ended = Step::failed;
            break;
        }
        const auto [where, inserted] = out.try_emplace(std::string(key));
        Step step = inserted ? decode_value(context, entry, place, where->second)
                             : context.drift(DriftKind::duplicate_key, place, "one of each", entry);
        if (step == Step::failed || (step == Step::item_dropped && !are_items)) {
            ended = step;
            break;
        }
        if (step != Step::kept && inserted) {
            where->second = T{};
            if (!element_stays(context, step, are_items)) {
                out.erase(where);
            }
        }
    }
    context.in_item = !are_items;
    return ended;
}

/// Which members of a struct were there.
template <class T>
using Seen = std::bitset<member_count<T>>;

template <class T>
using MemberDecoder = Step (*)(DecodeContext&, http::Json, const Place&, T&);

template <class T, std::size_t index>
Step decode_member(DecodeContext& context, http::Json value, const Place& at, T& out) {
    auto& member = out.*MemberAt<T, index>::pointer;
    if constexpr (std::is_same_v<MemberType<T, index>, UnknownFields>) {
        return Step::kept;
    } else {
        const Step step = decode_value(context, value, at, member);
        if (step == Step::kept) {
            return step;
        }
        Step ended = step;
        if (step == Step::dropped) {
            if constexpr (may_be_absent<MemberType<T, index>> ||
                          is_a<MemberType<T, index>, Nullable>) {
                ended = Step::kept;
            } else {
                ended = context.verdict(at);
            }
        }
        member = MemberType<T, index>{};
        return ended;
    }
}

template <class T>
constexpr auto member_decoders = []<std::size_t... index>(std::index_sequence<index...>) {
    return std::array<MemberDecoder<T>, sizeof...(index)>{decode_member<T, index>...};
}(std::make_index_sequence<member_count<T>>());

template <class T>
constexpr auto required_members = []<std::size_t... index>(std::index_sequence<index...>) {
    return std::array<bool, sizeof...(index)>{!may_be_absent<MemberType<T, index>>...};
}(std::make_index_sequence<member_count<T>>());

/// How drift names what was expected of a type.
template <class T>
constexpr std::string_view type_text() {
    if constexpr (JsonInteger<T>) {
        return integer_text<T>();
    } else if constexpr (is_a<T, Nullable>) {
        return type_text<typename T::value_type>();
    } else if constexpr (is_a<T, std::vector>) {
        return "a list";
    } else if constexpr (DescribedEnum<T> || is_a<T, Open>) {
        return "a value of an enum";
    } else if constexpr (std::is_same_v<T, SystemTime>) {
        return time_text;
    } else if constexpr (requires { ValueDecoder<T>::expected; }) {
        return ValueDecoder<T>::expected;
    } else if constexpr (DescribedStruct<T> || is_a<T, std::map>) {
        return "an object";
    } else {
        return "a value";
    }
}

template <class T>
constexpr auto member_types = []<std::size_t... index>(std::index_sequence<index...>) {
    return std::array<std::string_view, sizeof...(index)>{type_text<MemberType<T, index>>()...};
}(std::make_index_sequence<member_count<T>>());

/// A member that the struct does not use: kept beside, where there is room for it.
template <class T>
Step keep_member(DecodeContext& context, const http::Json::Member& member, const Place& at,
                 T& out) {
    if constexpr (unknown_member<T> != member_count<T>) {
        RawJson raw{.text = {}};
        if (!context.keep_raw(member.value, at, raw.text)) {
            return Step::failed;
        }
        (out.*MemberAt<T, unknown_member<T>>::pointer).add(std::string(member.key), std::move(raw));
    }
    return Step::kept;
}

/// A described member that is not usable.
template <class T>
Step unused_member(DecodeContext& context, const http::Json::Member& member, const Place& at,
                   T& out) {
    if (context.policy == OnDrift::tolerant) {
        return keep_member(context, member, at, out);
    }
    context.value_discarded();
    return Step::kept;
}

template <class T>
Step decode_unknown(DecodeContext& context, const http::Json::Member& member, const Place& at,
                    bool ignored, T& out) {
    if (!ignored && !is_partial<T>) {
        const Step step = context.addition(DriftKind::new_field, at, "", member.value);
        if (step != Step::kept) {
            return step;
        }
    }
    return keep_member(context, member, at, out);
}

template <class T>
Step decode_missing(DecodeContext& context, const Seen<T>& seen, const Place& at) {
    for (std::size_t index = 0; index < member_count<T>; ++index) {
        if (seen[index] || !required_members<T>[index]) {
            continue;
        }
        const Place place{.parent = &at,
                          .kind = Place::Kind::member,
                          .key = struct_names<T>.name(index),
                          .index = 0};
        const Step step = context.drift(DriftKind::missing, place, member_types<T>[index], {});
        if (step != Step::unusable) {
            return step;
        }
    }
    return Step::kept;
}

template <class T>
Step decode_members(DecodeContext& context, http::Json value, const Place& at, T& out) {
    constexpr std::size_t count = member_count<T>;
    Seen<T> seen;
    std::size_t hint = 0;
    for (const auto& member : value.members()) {
        const Place place{
            .parent = &at, .kind = Place::Kind::member, .key = member.key, .index = 0};
        const std::size_t index = struct_names<T>.find(member.key, hint);
        hint = index + 1;
        Step step = Step::kept;
        if (index >= count) {
            step = decode_unknown(context, member, place, index != struct_names<T>.none, out);
        } else if (seen[index]) {
            step = context.drift(DriftKind::duplicate_key, place, "one of each", member.value);
        } else {
            seen.set(index);
            step = member_decoders<T>[index](context, member.value, place, out);
            if (step == Step::unusable) {
                step = unused_member(context, member, place, out);
            }
        }
        if (step != Step::kept && step != Step::unusable) {
            return step;
        }
    }
    return decode_missing<T>(context, seen, at);
}

template <DescribedStruct T>
Step decode_struct(DecodeContext& context, http::Json value, const Place& at, T& out) {
    static_assert(struct_names<T>.unique(), "two members have the same name in JSON");
    if (!value.is_object()) {
        return context.mismatch(at, "an object", value);
    }
    if constexpr (requires { Model<T>::on_drift; }) {
        if (!context.overridden()) {
            const OnDrift outer = std::exchange(context.policy, Model<T>::on_drift);
            const bool in_item = context.in_item;
            context.in_item = in_item || Model<T>::on_drift == OnDrift::discard_item;
            const Step step = decode_members(context, value, at, out);
            context.policy = outer;
            context.in_item = in_item;
            if (step == Step::item_dropped && Model<T>::on_drift == OnDrift::discard_item) {
                return Step::dropped;
            }
            return step;
        }
    }
    return decode_members(context, value, at, out);
}

template <class T>
Step decode_value(DecodeContext& context, http::Json value, const Place& at, T& out) {
    if constexpr (is_a<T, std::optional> || is_a<T, Nullable>) {
        if (value.is_null()) {
            return Step::kept;
        }
        return decode_value(context, value, at, out.emplace());
    } else if constexpr (is_a<T, Field>) {
        if (value.is_null()) {
            out = T::null();
            return Step::kept;
        }
        std::remove_cvref_t<decltype(*out)> inner{};
        const Step step = decode_value(context, value, at, inner);
        if (step == Step::kept) {
            out = T(std::move(inner));
        }
        return step;
    } else if constexpr (JsonInteger<T>) {
        return decode_integer(context, value, at, out);
    } else if constexpr (DescribedEnum<T> || is_a<T, Open>) {
        return decode_enum(context, value, at, out);
    } else if constexpr (is_a<T, std::vector>) {
        return decode_list(context, value, at, out);
    } else if constexpr (is_a<T, std::map>) {
        return decode_map(context, value, at, out);
    } else if constexpr (std::is_same_v<T, SystemTime>) {
        const auto text = value.string();
        if (!text) {
            return context.mismatch(at, time_text, value);
        }
        const auto time = http::parse_iso_time(*text);
        out = time.value_or(SystemTime());
        return time ? Step::kept : context.drift(DriftKind::invalid_time, at, time_text, value);
    } else if constexpr (std::is_same_v<T, RawJson>) {
        out.text.clear();
        return context.keep_raw(value, at, out.text) ? Step::kept : Step::failed;
    } else if constexpr (requires { ValueDecoder<T>::expected; }) {
        return ValueDecoder<T>::decode(value, out)
                   ? Step::kept
                   : context.mismatch(at, ValueDecoder<T>::expected, value);
    } else {
        static_assert(DescribedStruct<T>,
                      "no JSON for this type: describe it with BOOST_DESCRIBE_STRUCT, or "
                      "specialise ValueDecoder");
        return decode_struct(context, value, at, out);
    }
}

}  // namespace apilab::data
