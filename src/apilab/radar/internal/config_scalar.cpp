#include "apilab/radar/internal/config_scalar.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/base/duration.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/base/utf8.hpp"
#include "apilab/shared/redis_url.hpp"
#include "apilab/work/schedule.hpp"

namespace apilab::radar::internal {
namespace {

constexpr std::size_t shown_max = 60;
constexpr std::size_t entry_max = 254;

std::unexpected<Error> wrong(const ConfigKey& key, std::string_view text) {
    return fail(ErrorKind::invalid_argument,
                fmt::format("expected {}, not {}", expected(key), quoted(text)));
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
    Number value{};
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
    return whole && !text.empty() ? std::optional(value) : std::nullopt;
}

std::optional<std::int64_t> size_of(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, unsigned>, 4> units{
        {{"KiB", 10U}, {"MiB", 20U}, {"GiB", 30U}, {"B", 0U}}};
    unsigned shift = 0;
    for (const auto& [name, bits] : units) {
        if (text.ends_with(name)) {
            text.remove_suffix(name.size());
            shift = bits;
            break;
        }
    }
    const auto count = number_of<std::int64_t>(text);
    constexpr std::int64_t count_max = std::int64_t{1} << 32U;
    if (!count || *count < 0 || *count > count_max) {
        return std::nullopt;
    }
    return *count << shift;
}

bool is_address(const std::string& text) {
    in_addr four{};
    in6_addr six{};
    return ::inet_pton(AF_INET, text.c_str(), &four) == 1 ||
           ::inet_pton(AF_INET6, text.c_str(), &six) == 1;
}

// `07:30`
std::optional<std::chrono::minutes> time_of_day(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') {
        return std::nullopt;
    }
    const auto hour = number_of<unsigned>(text.substr(0, 2));
    const auto minute = number_of<unsigned>(text.substr(3));
    if (!hour || !minute || *hour > 23 || *minute > 59) {
        return std::nullopt;
    }
    return std::chrono::hours(*hour) + std::chrono::minutes(*minute);
}

std::optional<QuietHours> quiet_hours(std::string_view text) {
    const auto space = text.find(' ');
    const auto times = text.substr(0, space);
    const auto dash = times.find('-');
    if (dash == std::string_view::npos) {
        return std::nullopt;
    }
    const auto from = time_of_day(times.substr(0, dash));
    const auto to = time_of_day(times.substr(dash + 1));
    QuietHours quiet;
    if (space != std::string_view::npos) {
        quiet.zone = text.substr(space + 1);
    }
    if (!from || !to || *from == *to || !work::Schedule::parse("0 0 * * * " + quiet.zone)) {
        return std::nullopt;
    }
    quiet.from = *from;
    quiet.to = *to;
    return quiet;
}

Result<ConfigScalar> duration(const ConfigKey& key, const std::string& text) {
    const auto value = parse_duration(text);
    if (!value || *value < std::chrono::seconds(key.low) ||
        *value > std::chrono::seconds(key.high)) {
        return wrong(key, text);
    }
    return ConfigScalar(*value);
}

Result<ConfigScalar> schedule(const ConfigKey& key, const std::string& text) {
    const auto value = work::Schedule::parse(text);
    if (!value) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("expected {}: {}", expected(key), value.error().message()));
    }
    return ConfigScalar(value->text());
}

Result<ConfigScalar> url(const ConfigKey& key, const std::string& text) {
    auto value = http::Url::parse(text);
    if (!value || !value->query().empty()) {
        // What is none may hold a password.
        return fail(ErrorKind::invalid_argument,
                    fmt::format("expected {} without user, password, query and fragment: {}",
                                expected(key), value ? "it has a query" : value.error().message()));
    }
    return ConfigScalar(*std::move(value));
}

Result<ConfigScalar> redis(const ConfigKey& key, const std::string& text) {
    if (!is_plain(text) || text.size() > static_cast<std::size_t>(key.high)) {
        return fail(ErrorKind::invalid_argument, fmt::format("expected {}", expected(key)));
    }
    if (const auto url = shared::RedisUrl::parse(Secret(text)); !url) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("expected {}: {}", expected(key), url.error().message()));
    }
    return ConfigScalar(text);
}

Result<ConfigScalar> store(const ConfigKey& key, const std::string& text) {
    if (key.name != "store") {
        return redis(key, text);
    }
    const bool right =
        (text.starts_with("sqlite:") && text.size() > std::string_view("sqlite:").size()) ||
        text.starts_with("postgres://") || text.starts_with("postgresql://");
    if (!right || !is_plain(text) || text.size() > static_cast<std::size_t>(key.high)) {
        return fail(ErrorKind::invalid_argument, fmt::format("expected {}", expected(key)));
    }
    return ConfigScalar(text);
}

Result<ConfigScalar> number(const ConfigKey& key, const std::string& text) {
    const auto value = number_of<std::int64_t>(text);
    return value && *value >= key.low && *value <= key.high ? Result<ConfigScalar>(*value)
                                                            : wrong(key, text);
}

Result<ConfigScalar> size(const ConfigKey& key, const std::string& text) {
    const auto value = size_of(text);
    return value && *value >= key.low && *value <= key.high ? Result<ConfigScalar>(*value)
                                                            : wrong(key, text);
}

bool is_choice(const ConfigKey& key, const std::string& text) {
    const auto choices = split_list(key.choices);
    return std::ranges::find(choices, text) != choices.end();
}

}  // namespace

std::string quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text.substr(0, shown_max)) {
        const auto byte = static_cast<unsigned char>(c);
        out += byte < 0x20U || byte >= 0x7fU ? '?' : c;
    }
    return out + (text.size() > shown_max ? "...'" : "'");
}

bool is_plain(std::string_view text) {
    return valid_utf8(text) && std::ranges::none_of(text, [](char c) {
               const auto byte = static_cast<unsigned char>(c);
               return byte < 0x20U || byte == 0x7fU;
           });
}

bool holds_password(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) {
        return false;
    }
    const auto rest = url.substr(scheme + 3);
    const auto authority = rest.substr(0, rest.find_first_of("/?"));
    const auto at = authority.rfind('@');
    const bool before_host = at != std::string_view::npos && authority.substr(0, at).contains(':');
    return before_host || ascii_lowered(rest).contains("password");
}

std::string shown_store(const std::string& text) {
    if (text.starts_with("sqlite:") || text.starts_with("unix:")) {
        return text;
    }
    return fmt::format("{}://... (sha256:{})", text.substr(0, text.find(':')),
                       Secret(text).fingerprint());
}

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> entries;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        auto entry = text.substr(0, comma);
        text.remove_prefix(std::min(comma + 1, text.size()));
        const auto first = std::min(entry.find_first_not_of(' '), entry.size());
        entry.remove_prefix(first);
        entry = entry.substr(0, entry.find_last_not_of(' ') + 1);
        if (!entry.empty()) {
            entries.emplace_back(entry);
        }
    }
    return entries;
}

Result<ConfigScalar> read_list(const ConfigKey& key, const std::vector<std::string>& texts) {
    if (texts.size() < static_cast<std::size_t>(key.low) ||
        texts.size() > static_cast<std::size_t>(key.high)) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("expected {}, not {}", expected(key), texts.size()));
    }
    for (const auto& text : texts) {
        if (text.empty() || text.size() > entry_max || !is_plain(text)) {
            return fail(
                ErrorKind::invalid_argument,
                fmt::format("expected texts of 1 to {} bytes, not {}", entry_max, quoted(text)));
        }
    }
    return ConfigScalar(texts);
}

Result<ConfigScalar> read_scalar(const ConfigKey& key, const std::string& text) {
    switch (key.type) {
        case ConfigType::number:
            return number(key, text);
        case ConfigType::truth:
            return text == "true" || text == "false" ? Result<ConfigScalar>(text == "true")
                                                     : wrong(key, text);
        case ConfigType::duration:
            return duration(key, text);
        case ConfigType::size:
            return size(key, text);
        case ConfigType::choice:
            return is_choice(key, text) ? Result<ConfigScalar>(text) : wrong(key, text);
        case ConfigType::list:
            return read_list(key, split_list(text));
        case ConfigType::url:
            return url(key, text);
        case ConfigType::address:
            return is_address(text) ? Result<ConfigScalar>(text) : wrong(key, text);
        case ConfigType::schedule:
            return schedule(key, text);
        case ConfigType::quiet_hours: {
            auto quiet = quiet_hours(text);
            return quiet ? Result<ConfigScalar>(*std::move(quiet)) : wrong(key, text);
        }
        case ConfigType::store:
            return store(key, text);
        default:
            break;
    }
    if (text.size() < static_cast<std::size_t>(key.low) ||
        text.size() > static_cast<std::size_t>(key.high) || !is_plain(text)) {
        return wrong(key, text);
    }
    return ConfigScalar(text);
}

}  // namespace apilab::radar::internal
