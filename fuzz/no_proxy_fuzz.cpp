// The first line as a host, the rest as NO_PROXY: what is accepted stays within its limits, and
// `*` beside it matches everything.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "apilab/transport/no_proxy.hpp"

namespace {

using apilab::ErrorKind;
using apilab::transport::NoProxy;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto line = bytes.find('\n');
    const auto host = bytes.substr(0, line);
    const auto text = line == std::string_view::npos ? std::string_view() : bytes.substr(line + 1);
    const auto no_proxy = NoProxy::parse(text);
    if (!no_proxy) {
        require(no_proxy.error().kind() == ErrorKind::invalid_argument);
        require(no_proxy.error().detail() == "no_proxy");
        return 0;
    }
    require(no_proxy->rules() <= NoProxy::rules_max);
    const bool matches = no_proxy->matches(host, 443);
    require(!matches || no_proxy->rules() > 0);
    const auto more = NoProxy::parse(std::string(text) + ",*");
    require(!more || more->matches(host, 443));
    const auto twice = NoProxy::parse(std::string(text) + " " + std::string(text));
    require(!twice || twice->matches(host, 443) == matches);
    return 0;
}
