#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"

namespace apilab::transport {

/// What is reached without a proxy, as `NO_PROXY` lists it. A value. Entries are separated by
/// commas or white space:
///
/// | entry | what it matches |
/// | --- | --- |
/// | `*` | everything |
/// | `example.com` | that host and every host below it |
/// | `.example.com`, `*.example.com` | every host below it, not itself |
/// | `10.1.2.3`, `::1`, `[::1]` | that address |
/// | `10.0.0.0/8`, `fd00::/8` | every address in that network (CIDR) |
/// | `example.com:8080`, `10.1.2.3:80`, `[::1]:80` | the same, on that port only |
///
/// Names are compared without case and never resolved: an address matches only where the URL has an
/// address. There is no agreed text for this; where curl and Go differ (the leading dot), this
/// follows Go.
class NoProxy {
public:
    NoProxy() = default;

    static constexpr std::size_t text_max = std::size_t{64} * 1024;
    static constexpr std::size_t rules_max = 1000;
    /// Error `invalid_argument`, detail `no_proxy`, naming the entry that is none, or a limit.
    [[nodiscard]] static Result<NoProxy> parse(std::string_view text);

    /// `host` as `http::Url::host()` has it: lower case, an IPv6 address without brackets.
    [[nodiscard]] bool matches(std::string_view host, std::uint16_t port) const;
    [[nodiscard]] std::size_t rules() const { return rules_.size(); }

private:
    struct Address {
        bool v6 = false;
        std::array<std::uint8_t, 16> bytes{};
    };
    struct Rule {
        enum class Kind : std::uint8_t { everything, host_and_below, below, network };
        Kind kind = Kind::everything;
        std::string name;
        Address network;
        unsigned prefix = 0;
        /// 0: any.
        std::uint16_t port = 0;
    };
    [[nodiscard]] static bool parse_address(std::string_view text, Address& address);
    [[nodiscard]] static bool parse_host(std::string_view text, Rule& rule);
    [[nodiscard]] static bool parse_network(std::string_view text, Rule& rule);
    [[nodiscard]] static bool parse_rule(std::string_view text, Rule& rule);
    [[nodiscard]] static bool contains(const Rule& rule, const Address& address);

    std::vector<Rule> rules_;
};

}  // namespace apilab::transport
