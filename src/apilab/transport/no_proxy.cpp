#include "apilab/transport/no_proxy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <utility>

#include "apilab/base/ascii.hpp"

namespace apilab::transport {

namespace asio = boost::asio;

namespace {

constexpr std::string_view separators = ", \t\r\n";

template <class Number>
bool parse_number(std::string_view text, Number max, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() && number <= max;
}

// For a message: what was written, without what could disturb a terminal.
std::string shown(std::string_view entry) {
    constexpr std::size_t shown_max = 64;
    std::string text(entry.substr(0, shown_max));
    std::ranges::replace_if(text, [](char c) { return c < ' ' || c > '~'; }, '?');
    return text;
}

std::unexpected<Error> refuse(std::string message) {
    return fail(Error(ErrorKind::invalid_argument, std::move(message)).with_detail("no_proxy"));
}

}  // namespace

bool NoProxy::parse_address(std::string_view text, Address& address) {
    boost::system::error_code error;
    auto parsed = asio::ip::make_address(std::string(text), error);
    if (error || text.contains('%')) {  // a scope means something on one machine only
        return false;
    }
    if (parsed.is_v6() && parsed.to_v6().is_v4_mapped()) {
        parsed = asio::ip::make_address_v4(asio::ip::v4_mapped, parsed.to_v6());
    }
    address = {};
    address.v6 = parsed.is_v6();
    if (address.v6) {
        std::ranges::copy(parsed.to_v6().to_bytes(), address.bytes.begin());
    } else {
        std::ranges::copy(parsed.to_v4().to_bytes(), address.bytes.begin());
    }
    return true;
}

bool NoProxy::parse_network(std::string_view text, Rule& rule) {
    const auto slash = text.find('/');
    if (!parse_address(text.substr(0, slash), rule.network)) {
        return false;
    }
    rule.kind = Rule::Kind::network;
    const unsigned bits = rule.network.v6 ? 128 : 32;
    rule.prefix = bits;
    return slash == std::string_view::npos ||
           parse_number(text.substr(slash + 1), bits, rule.prefix);
}

// A name, or an address whose brackets are gone.
bool NoProxy::parse_host(std::string_view text, Rule& rule) {
    if (parse_network(text, rule)) {
        return !text.contains('/');
    }
    rule.kind = Rule::Kind::host_and_below;
    if (text.starts_with('*')) {
        text.remove_prefix(1);
        if (!text.starts_with('.')) {
            return false;
        }
    }
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        rule.kind = Rule::Kind::below;
    }
    if (text.ends_with('.')) {
        text.remove_suffix(1);
    }
    rule.name = ascii_lowered(text);
    return !text.empty() && std::ranges::all_of(rule.name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    });
}

bool NoProxy::parse_rule(std::string_view text, Rule& rule) {
    if (text == "*") {
        rule.kind = Rule::Kind::everything;
        return true;
    }
    if (parse_network(text, rule)) {
        return true;
    }
    std::string_view host = text;
    if (const auto colon = text.rfind(':');
        colon != std::string_view::npos && !text.ends_with(']')) {
        constexpr std::uint16_t port_max = 65535;
        if (!parse_number(text.substr(colon + 1), port_max, rule.port) || rule.port == 0) {
            return false;
        }
        host = text.substr(0, colon);
    }
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
        return !host.contains('/') && parse_network(host, rule) && rule.network.v6;
    }
    return parse_host(host, rule);
}

Result<NoProxy> NoProxy::parse(std::string_view text) {
    if (text.size() > text_max) {
        return refuse(fmt::format("no_proxy has {} bytes; {} are allowed", text.size(), text_max));
    }
    NoProxy no_proxy;
    while (true) {
        text.remove_prefix(std::min(text.find_first_not_of(separators), text.size()));
        if (text.empty()) {
            return no_proxy;
        }
        const auto entry = text.substr(0, text.find_first_of(separators));
        text.remove_prefix(entry.size());
        if (no_proxy.rules_.size() == rules_max) {
            return refuse(fmt::format("no_proxy has more than {} entries", rules_max));
        }
        Rule rule;
        if (!parse_rule(entry, rule)) {
            return refuse(
                fmt::format("no_proxy has the entry '{}', which is no host, address, "
                            "network or `*`, with or without a port",
                            shown(entry)));
        }
        no_proxy.rules_.push_back(std::move(rule));
    }
}

bool NoProxy::contains(const Rule& rule, const Address& address) {
    if (rule.network.v6 != address.v6) {
        return false;
    }
    for (unsigned bit = 0; bit < rule.prefix; bit += 8) {
        const unsigned left = std::min(8U, rule.prefix - bit);
        const auto mask = static_cast<std::uint8_t>(0xff00U >> left);
        const auto differs =
            static_cast<std::uint8_t>(rule.network.bytes[bit / 8] ^ address.bytes[bit / 8]);
        if ((differs & mask) != 0) {
            return false;
        }
    }
    return true;
}

bool NoProxy::matches(std::string_view host, std::uint16_t port) const {
    Address address;
    const bool is_address = parse_address(host, address);
    if (host.ends_with('.')) {
        host.remove_suffix(1);
    }
    return std::ranges::any_of(rules_, [&](const Rule& rule) {
        if (rule.port != 0 && rule.port != port) {
            return false;
        }
        const bool below = host.size() > rule.name.size() && host.ends_with(rule.name) &&
                           host[host.size() - rule.name.size() - 1] == '.';
        switch (rule.kind) {
            case Rule::Kind::everything:
                return true;
            case Rule::Kind::host_and_below:
                return !is_address && (below || host == rule.name);
            case Rule::Kind::below:
                return !is_address && below;
            case Rule::Kind::network:
                return is_address && contains(rule, address);
        }
        return false;
    });
}

}  // namespace apilab::transport
