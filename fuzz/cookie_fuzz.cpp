// Lines of bytes as the Set-Cookie fields of one answer: whatever is kept may be written into a
// header, stays within the jar's limits and goes only to the host it came from or one below.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "apilab/client/cookie_jar.hpp"

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace apilab;
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    const SystemTime now{std::chrono::seconds(1'795'341'600)};
    const auto url = http::Url::parse("https://www.shop.test/a/b").value();
    http::Headers answer;
    while (!rest.empty()) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(line.size() == rest.size() ? rest.size() : line.size() + 1);
        answer.add("set-cookie", std::string(line));
    }
    client::CookieJar jar({.cookies_max = 20, .per_domain_max = 10});
    jar.store(answer, url, now);
    require(jar.size() <= 20);
    require(http::valid_field_value(jar.header_for(url, now)));
    require(jar.header_for(http::Url::parse("https://other.test/a/b").value(), now).empty());
    require(jar.header_for(http::Url::parse("https://test/a/b").value(), now).empty());
    (void)client::parse_cookie_date(std::string_view(reinterpret_cast<const char*>(data), size));
    return 0;
}
