#pragma once

// The names of a described type as they are in JSON, worked out by the compiler, and how to find
// one fast. Part of what decode.hpp and encode.hpp are made of; nothing here is meant to be called.

#include <algorithm>
#include <array>
#include <bit>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/describe/modifiers.hpp>
#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "apilab/data/model.hpp"
#include "apilab/data/values.hpp"

namespace apilab::data {

template <class T>
concept DescribedStruct = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;
template <class E>
concept DescribedEnum = std::is_enum_v<E> && boost::describe::has_describe_enumerators<E>::value;

template <class T>
using MembersOf = boost::describe::describe_members<T, boost::describe::mod_public |
                                                           boost::describe::mod_inherited>;
template <class T, std::size_t index>
using MemberAt = boost::mp11::mp_at_c<MembersOf<T>, index>;
template <class T>
constexpr std::size_t member_count = boost::mp11::mp_size<MembersOf<T>>::value;
/// The type of a described member.
template <class T, std::size_t index>
using MemberType = std::remove_cvref_t<decltype(std::declval<T&>().*MemberAt<T, index>::pointer)>;

/// A name in JSON, up to 80 bytes.
class JsonName {
public:
    constexpr JsonName() = default;
    [[nodiscard]] constexpr std::string_view view() const { return {text_.data(), size_}; }

    [[nodiscard]] static constexpr JsonName exactly(std::string_view text) {
        JsonName name;
        name.append(text);
        return name;
    }
    /// The described name as `M` (a `Model<T>`) spells it.
    template <class M>
    [[nodiscard]] static constexpr JsonName of(std::string_view described) {
        JsonName name;
        if constexpr (requires { M::renames; }) {
            for (const Rename& rename : M::renames) {
                if (rename.described == described) {
                    return exactly(rename.json);
                }
            }
        }
        if (described.ends_with('_')) {
            described.remove_suffix(1);
        }
        bool camel = false;
        if constexpr (requires { M::naming; }) {
            camel = M::naming == Naming::camel_case;
        }
        bool upper = false;
        for (const char c : described) {
            if (camel && c == '_') {
                upper = true;
            } else {
                const bool raise = upper && c >= 'a' && c <= 'z';
                name.append({&c, 1}, raise);
                upper = false;
            }
        }
        return name;
    }

private:
    // Too long a name is a compile error: the index leaves the array.
    constexpr void append(std::string_view text, bool raise = false) {
        for (const char c : text) {
            text_.at(size_++) = raise ? static_cast<char>(c - 'a' + 'A') : c;
        }
    }
    std::array<char, 80> text_{};
    std::size_t size_ = 0;
};

/// Names and a hash table over them. A list in the order of the description is found without it.
template <std::size_t N>
class NameTable {
public:
    static constexpr std::size_t none = N;

    constexpr explicit NameTable(const std::array<JsonName, N>& names) : names_(names) {
        slots_.fill(static_cast<std::uint16_t>(N));
        for (std::size_t index = 0; index < N; ++index) {
            std::size_t at = hash(names_[index].view()) % slots_.size();
            while (slots_[at] != N) {
                at = (at + 1) % slots_.size();
            }
            slots_[at] = static_cast<std::uint16_t>(index);
        }
    }

    [[nodiscard]] constexpr std::string_view name(std::size_t index) const {
        return names_[index].view();
    }
    /// Its index, or `none`. `hint`: where it probably is.
    [[nodiscard]] constexpr std::size_t find(std::string_view key, std::size_t hint) const {
        if (hint < N && names_[hint].view() == key) {
            return hint;
        }
        std::size_t at = hash(key) % slots_.size();
        while (slots_[at] != N) {
            if (names_[slots_[at]].view() == key) {
                return slots_[at];
            }
            at = (at + 1) % slots_.size();
        }
        return none;
    }
    /// Is a name there twice? Two members that JSON cannot tell apart are a mistake in the model.
    [[nodiscard]] constexpr bool unique() const {
        for (std::size_t index = 0; index < N; ++index) {
            if (find(name(index), N) != index) {
                return false;
            }
        }
        return true;
    }

private:
    static constexpr std::size_t hash(std::string_view key) {
        std::size_t value = key.size();
        if (!key.empty()) {
            value = value * 131 + static_cast<unsigned char>(key.front());
            value = value * 131 + static_cast<unsigned char>(key[key.size() / 2]);
            value = value * 131 + static_cast<unsigned char>(key.back());
        }
        return value ^ (value >> 9U);
    }
    std::array<JsonName, N> names_;
    std::array<std::uint16_t, std::bit_ceil(2 * N + 2)> slots_{};
};

template <class T>
constexpr std::size_t ignored_count = 0;
template <class T>
    requires requires { Model<T>::ignored; }
constexpr std::size_t ignored_count<T> = std::size(Model<T>::ignored);

/// Of a struct: its members, then the names that its model ignores.
template <class T>
constexpr auto make_struct_names() {
    constexpr std::size_t count = member_count<T>;
    std::array<JsonName, count + ignored_count<T>> names;
    boost::mp11::mp_for_each<boost::mp11::mp_iota_c<count>>([&](auto index) {
        if constexpr (!std::is_same_v<MemberType<T, index>, UnknownFields>) {
            names[index] = JsonName::of<Model<T>>(MemberAt<T, index>::name);
        } else {
            // No key finds it: RFC 8259 has no such text.
            names[index] = JsonName::exactly("\xFF");
        }
    });
    if constexpr (ignored_count<T> != 0) {
        for (std::size_t index = 0; index < ignored_count<T>; ++index) {
            names[count + index] = JsonName::exactly(Model<T>::ignored[index]);
        }
    }
    return NameTable(names);
}
template <class T>
constexpr auto struct_names = make_struct_names<T>();

template <class E>
using EnumeratorsOf = boost::describe::describe_enumerators<E>;
template <class E>
constexpr auto make_enum_names() {
    constexpr std::size_t count = boost::mp11::mp_size<EnumeratorsOf<E>>::value;
    std::array<JsonName, count> names;
    boost::mp11::mp_for_each<boost::mp11::mp_iota_c<count>>([&](auto index) {
        names[index] = JsonName::of<Model<E>>(boost::mp11::mp_at_c<EnumeratorsOf<E>, index>::name);
    });
    return NameTable(names);
}
template <class E>
constexpr auto enum_names = make_enum_names<E>();
template <class E>
constexpr auto make_enum_values() {
    constexpr std::size_t count = boost::mp11::mp_size<EnumeratorsOf<E>>::value;
    std::array<E, count> values{};
    boost::mp11::mp_for_each<boost::mp11::mp_iota_c<count>>(
        [&](auto index) { values[index] = boost::mp11::mp_at_c<EnumeratorsOf<E>, index>::value; });
    return values;
}
template <class E>
constexpr auto enum_values = make_enum_values<E>();

/// The index of the `UnknownFields` member, or the number of members.
template <class T>
constexpr std::size_t find_unknown_member() {
    std::size_t found = member_count<T>;
    boost::mp11::mp_for_each<boost::mp11::mp_iota_c<member_count<T>>>([&](auto index) {
        if constexpr (std::is_same_v<MemberType<T, index>, UnknownFields>) {
            found = index;
        }
    });
    return found;
}
template <class T>
constexpr std::size_t unknown_member = find_unknown_member<T>();

template <class T>
constexpr bool is_partial = false;
template <class T>
    requires requires { Model<T>::partial; }
constexpr bool is_partial<T> = Model<T>::partial;

/// Types with one type inside.
template <class T, template <class...> class Of>
constexpr bool is_a = false;
template <template <class...> class Of, class... Inner>
constexpr bool is_a<Of<Inner...>, Of> = true;

/// May a member of this type be absent?
template <class T>
constexpr bool may_be_absent =
    is_a<T, std::optional> || is_a<T, Field> || std::is_same_v<T, UnknownFields>;

}  // namespace apilab::data
