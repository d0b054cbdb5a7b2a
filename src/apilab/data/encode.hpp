#pragma once

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
#include "apilab/data/field_table.hpp"
#include "apilab/data/model.hpp"
#include "apilab/data/values.hpp"

namespace apilab::data {

/// Writes one value: what `encode` is made of. Specialise `ValueEncoder<T>` beside
/// `ValueDecoder<T>` for a type of your own: `static void encode(std::string& out, const Color&
/// value)`.
template <class T>
struct ValueEncoder;

template <class T>
void encode_value(std::string& out, const T& value);

/// `value` as compact JSON: what `decode` reads, for write-back. Members in the order of their
/// description, an empty `std::optional` and an absent `Field` left out, then what `UnknownFields`
/// keeps. Unchanged come back: 64-bit integers, `Decimal` and `RawJson` to the letter, unknown
/// values of `Open<E>`, and unknown members. A described member that was not usable
/// (`OnDrift::tolerant`) is written as it came unless it has been given another value since.
/// Times are written in UTC; `double` as the shortest text that reads back the same, null where it
/// is not finite. Strings have to be UTF-8: what is decoded is.
///
/// A value of a described enum that has no name (a cast integer) is written as null.
template <class T>
[[nodiscard]] std::string encode(const T& value) {
    std::string out;
    encode_value(out, value);
    return out;
}

void encode_string(std::string& out, std::string_view text);
void encode_integer(std::string& out, std::int64_t value);
void encode_integer(std::string& out, std::uint64_t value);
void encode_double(std::string& out, double value);
/// `2026-11-22T10:00:00.25Z`
void encode_time(std::string& out, SystemTime time);

template <>
struct ValueEncoder<bool> {
    static void encode(std::string& out, bool value) { out += value ? "true" : "false"; }
};
template <>
struct ValueEncoder<double> {
    static void encode(std::string& out, double value) { encode_double(out, value); }
};
template <>
struct ValueEncoder<std::string> {
    static void encode(std::string& out, const std::string& value) { encode_string(out, value); }
};
template <>
struct ValueEncoder<SystemTime> {
    static void encode(std::string& out, SystemTime value) { encode_time(out, value); }
};
template <>
struct ValueEncoder<RawJson> {
    static void encode(std::string& out, const RawJson& value) { out += value.text; }
};
template <>
struct ValueEncoder<Decimal> {
    static void encode(std::string& out, const Decimal& value) {
        if (value.quoted()) {
            encode_string(out, value.text());
        } else {
            out += value.text();
        }
    }
};

template <DescribedEnum E>
void encode_enum(std::string& out, E value) {
    for (std::size_t index = 0; index < enum_values<E>.size(); ++index) {
        if (enum_values<E>[index] == value) {
            encode_string(out, enum_names<E>.name(index));
            return;
        }
    }
    out += "null";
}

template <DescribedEnum E>
void encode_enum(std::string& out, const Open<E>& value) {
    if (const auto known = value.known()) {
        encode_enum(out, *known);
    } else {
        encode_string(out, value.unknown_text());
    }
}

/// Is there anything to write for a member?
template <class T>
bool is_written(const T& value) {
    if constexpr (is_a<T, std::optional>) {
        return value.has_value();
    } else if constexpr (is_a<T, Field>) {
        return !value.absent();
    } else {
        return true;
    }
}

/// The member that was kept as it came, where that is what has to be written.
template <class T>
const RawJson* unchanged_raw(const UnknownFields* unknown, std::string_view name, const T& value) {
    const RawJson* const raw = unknown == nullptr ? nullptr : unknown->find(name);
    if (raw == nullptr) {
        return nullptr;
    }
    const T untouched{};
    const bool same = is_written(value) == is_written(untouched) &&
                      (!is_written(value) || encode(value) == encode(untouched));
    return same ? raw : nullptr;
}

/// Before each member.
inline void begin_member(std::string& out, std::string_view name) {
    if (out.back() != '{') {
        out += ',';
    }
    encode_string(out, name);
    out += ':';
}

template <class T>
const UnknownFields* unknown_of(const T& value) {
    if constexpr (unknown_member<T> != member_count<T>) {
        return &(value.*MemberAt<T, unknown_member<T>>::pointer);
    } else {
        return nullptr;
    }
}

template <DescribedStruct T>
void encode_struct(std::string& out, const T& value) {
    const UnknownFields* const unknown = unknown_of(value);
    out += '{';
    boost::mp11::mp_for_each<boost::mp11::mp_iota_c<member_count<T>>>([&](auto index) {
        if constexpr (!std::is_same_v<MemberType<T, index>, UnknownFields>) {
            const auto name = struct_names<T>.name(index);
            const auto& member = value.*MemberAt<T, index>::pointer;
            if (const RawJson* const raw = unchanged_raw(unknown, name, member)) {
                begin_member(out, name);
                out += raw->text;
            } else if (is_written(member)) {
                begin_member(out, name);
                encode_value(out, member);
            }
        }
    });
    if (unknown != nullptr) {
        for (const auto& [name, raw] : unknown->entries()) {
            if (struct_names<T>.find(name, member_count<T>) >= member_count<T>) {
                begin_member(out, name);
                out += raw.text;
            }
        }
    }
    out += '}';
}

template <class T>
void encode_value(std::string& out, const T& value) {
    if constexpr (is_a<T, std::optional> || is_a<T, Nullable>) {
        if (value) {
            encode_value(out, *value);
        } else {
            out += "null";
        }
    } else if constexpr (is_a<T, Field>) {
        encode_value(out, value.value());
    } else if constexpr (DescribedEnum<T> || is_a<T, Open>) {
        encode_enum(out, value);
    } else if constexpr (is_a<T, std::vector>) {
        out += '[';
        std::string_view before;
        for (const auto& element : value) {
            out += std::exchange(before, ",");
            encode_value<typename T::value_type>(out, element);
        }
        out += ']';
    } else if constexpr (is_a<T, std::map>) {
        out += '{';
        for (const auto& [key, entry] : value) {
            begin_member(out, key);
            encode_value(out, entry);
        }
        out += '}';
    } else if constexpr (requires { &ValueEncoder<T>::encode; }) {
        ValueEncoder<T>::encode(out, value);
    } else if constexpr (std::is_integral_v<T>) {
        encode_integer(
            out, static_cast<std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>>(
                     value));
    } else {
        static_assert(DescribedStruct<T>,
                      "no JSON for this type: describe it with BOOST_DESCRIBE_STRUCT, or "
                      "specialise ValueEncoder");
        encode_struct(out, value);
    }
}

}  // namespace apilab::data
