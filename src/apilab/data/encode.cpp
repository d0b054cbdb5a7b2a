#include "apilab/data/encode.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <iterator>

#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"

namespace apilab::data {

void encode_string(std::string& out, std::string_view text) {
    http::append_json_quoted(out, text);
}

void encode_integer(std::string& out, std::int64_t value) {
    fmt::format_to(std::back_inserter(out), "{}", value);
}

void encode_integer(std::string& out, std::uint64_t value) {
    fmt::format_to(std::back_inserter(out), "{}", value);
}

void encode_double(std::string& out, double value) {
    if (value == 0 && std::signbit(value)) {
        out += "-0.0";  // `-0` would be read as an integer, which has no such zero
    } else if (std::isfinite(value)) {
        fmt::format_to(std::back_inserter(out), "{}", value);
    } else {
        out += "null";
    }
}

void encode_time(std::string& out, SystemTime time) {
    const auto second = std::chrono::floor<std::chrono::seconds>(time);
    auto text = http::format_iso_time(second);
    if (const auto rest = (time - second).count(); rest != 0) {
        auto fraction = fmt::format("{:09}", rest);
        fraction.resize(fraction.find_last_not_of('0') + 1);
        text.insert(text.size() - 1, "." + fraction);
    }
    encode_string(out, text);
}

}  // namespace apilab::data
