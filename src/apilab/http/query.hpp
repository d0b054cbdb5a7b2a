#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>

namespace apilab::http {

/// How a parameter with several values is written. There is no standard; look into the API's pages.
enum class ArrayStyle : std::uint8_t {
    /// `a=1&a=2` (Google, Go, the form data of browsers).
    repeated,
    /// `a[]=1&a[]=2` (PHP, Rails; Stripe takes it too).
    brackets,
    /// `a[0]=1&a[1]=2` (Stripe's own libraries).
    indexed,
    /// `a=1,2` (GitHub's `labels`). A comma within a value becomes `%2C`: most servers decode
    /// before
    /// they split and see two values then, so keep such values out (`GitHubIssues` does).
    comma,
    /// `a=1%202`, a space between (`scope` of OAuth2, RFC 6749 section 3.3).
    space,
};

/// A query string, or the body of a form, built in the order given. Names and values are encoded by
/// RFC 3986: everything but unreserved characters becomes `%XX` (a space `%20`, never `+`), so that
/// no value can add a parameter. Values that are null are left out; empty ones are not.
///
///     Query().add("ecosystem", "npm").add("per_page", 100).to_string()
///                                                      // ecosystem=npm&per_page=100
///     Query().add("label", labels, ArrayStyle::repeated).add("since", std::optional<int>())
class Query {
public:
    Query& add(std::string_view name, std::string_view value);
    /// `true` or `false`. (A template, so that a pointer is no `bool`.)
    Query& add(std::string_view name, std::same_as<bool> auto value) {
        return add(name, std::string_view(value ? "true" : "false"));
    }
    Query& add(std::string_view name, std::integral auto value)
        requires(!std::same_as<decltype(value), bool>)
    {
        return add(name, std::string_view(std::to_string(value)));
    }
    /// Left out where there is no value.
    template <typename T>
    Query& add(std::string_view name, const std::optional<T>& value) {
        return value ? add(name, *value) : *this;
    }
    /// All values in that style; left out where there is none.
    template <std::ranges::input_range Values>
        requires(!std::convertible_to<const Values&, std::string_view>)
    Query& add(std::string_view name, const Values& values, ArrayStyle style) {
        Array array(style);
        for (const auto& value : values) {
            add_element(name, text_of(value), array);
        }
        return *this;
    }
    /// A name alone (`?uploads`).
    Query& flag(std::string_view name);
    /// Replaces every parameter of that name; the new one stands at the end.
    Query& set(std::string_view name, std::string_view value);
    /// Drops every parameter of that name.
    Query& remove(std::string_view name);

    [[nodiscard]] bool empty() const { return text_.empty(); }
    [[nodiscard]] const std::string& to_string() const { return text_; }

    /// A query that exists already (percent-encoded, without `?`), to be gone on with. What stands
    /// in it stays as it is, byte by byte.
    [[nodiscard]] static Query of(std::string_view encoded);

private:
    struct Array {
        explicit Array(ArrayStyle how) : style(how) {}
        ArrayStyle style;
        std::size_t count = 0;
    };
    template <typename T>
    static std::string text_of(const T& value) {
        if constexpr (std::convertible_to<const T&, std::string_view>) {
            return std::string(std::string_view(value));
        } else if constexpr (std::same_as<T, bool>) {
            return value ? "true" : "false";
        } else {
            static_assert(std::integral<T>, "texts, whole numbers and bool");
            return std::to_string(value);
        }
    }
    void add_element(std::string_view name, const std::string& value, Array& array);
    void separate();

    std::string text_;
};

}  // namespace apilab::http
