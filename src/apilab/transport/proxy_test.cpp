#include "apilab/transport/proxy.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace apilab::transport {
namespace {

http::Url url(std::string_view text) {
    return *http::Url::parse(text);
}

// `host:port` of the proxy for this URL; empty: none.
std::string way(const ProxyOptions& options, std::string_view text) {
    const Proxy* proxy = options.proxy_for(url(text));
    return proxy == nullptr ? "" : proxy->url.authority();
}

TEST(Proxy, is_read_with_and_without_scheme_user_and_port) {
    struct Row {
        const char* text;
        const char* authority;
        const char* user;
        const char* password;
    };
    const Row rows[] = {{"http://proxy.test:3128", "proxy.test:3128", "", ""},
                        {"HTTP://Proxy.test:3128/", "proxy.test:3128", "", ""},
                        {"proxy.test:3128", "proxy.test:3128", "", ""},
                        {"proxy.test", "proxy.test", "", ""},
                        {"http://[::1]:3128", "[::1]:3128", "", ""},
                        {"http://ann@proxy.test", "proxy.test", "ann", ""},
                        {"http://ann:p%40s%3As@proxy.test:1", "proxy.test:1", "ann", "p@s:s"},
                        {"ann:a@b@proxy.test", "proxy.test", "ann", "a@b"}};
    for (const auto& row : rows) {
        const auto proxy = Proxy::parse(row.text);
        ASSERT_TRUE(proxy) << row.text << proxy.error().to_string();
        EXPECT_EQ(proxy->url.authority(), row.authority) << row.text;
        EXPECT_EQ(proxy->user, row.user) << row.text;
        EXPECT_EQ(proxy->password.reveal(), row.password) << row.text;
    }
}

TEST(Proxy, what_is_none_is_refused_without_telling_the_password) {
    for (const char* text : {"", "http://", "https://u:hunter2@proxy.test",
                             "socks5://u:hunter2@proxy.test", "http://u:hunter2@proxy.test/path",
                             "http://u:hunter2@proxy.test?x", "http://u:hunter2@proxy.test#x",
                             "http://u:hunter2@proxy.test:99999", "http://u:hunter2@pro xy.test",
                             "http://:hunter2@proxy.test", "http://a%3Ab:hunter2@proxy.test"}) {
        const auto proxy = Proxy::parse(text);
        ASSERT_FALSE(proxy) << text;
        EXPECT_EQ(proxy.error().kind(), ErrorKind::invalid_argument);
        EXPECT_EQ(proxy.error().detail(), "proxy");
        EXPECT_FALSE(proxy.error().to_string().contains("hunter2"));
    }
}

TEST(Proxy, its_authorization_is_basic) {
    EXPECT_EQ(Proxy::parse("Aladdin:open%20sesame@p.test")->authorization().reveal(),
              "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    EXPECT_TRUE(Proxy::parse("p.test")->authorization().empty());
}

TEST(ProxyOptions, each_scheme_has_its_own_proxy_and_no_proxy_spares_hosts) {
    const auto options =
        ProxyOptions::from_environment({{"http_proxy", "one.test:1"},
                                        {"https_proxy", "two.test:2"},
                                        {"no_proxy", "internal.test, 10.0.0.0/8"}});
    ASSERT_TRUE(options) << options.error().to_string();
    EXPECT_EQ(way(*options, "http://a.test/"), "one.test:1");
    EXPECT_EQ(way(*options, "https://a.test/"), "two.test:2");
    EXPECT_EQ(way(*options, "https://x.internal.test/"), "");
    EXPECT_EQ(way(*options, "http://10.1.1.1/"), "");
    EXPECT_EQ(way({}, "http://a.test/"), "");
}

TEST(ProxyOptions, http_proxy_in_upper_case_is_a_visitors_header_and_not_read) {
    const auto options = ProxyOptions::from_environment({{"HTTP_PROXY", "evil.test"}});
    ASSERT_TRUE(options);
    EXPECT_EQ(way(*options, "http://a.test/"), "");
}

TEST(ProxyOptions, lower_case_wins_all_proxy_fills_in_and_empty_is_absent) {
    const auto both = ProxyOptions::from_environment({{"https_proxy", "low.test"},
                                                      {"HTTPS_PROXY", "up.test"},
                                                      {"NO_PROXY", "up.test"},
                                                      {"no_proxy", "low.test"}});
    EXPECT_EQ(way(*both, "https://a.test/"), "low.test");
    EXPECT_EQ(way(*both, "https://up.test/"), "low.test");
    EXPECT_EQ(way(*both, "https://low.test/"), "");
    const auto all = ProxyOptions::from_environment(
        {{"ALL_PROXY", "all.test"}, {"HTTPS_PROXY", "https.test"}, {"http_proxy", ""}});
    EXPECT_EQ(way(*all, "https://a.test/"), "https.test");
    EXPECT_EQ(way(*all, "http://a.test/"), "all.test");
    EXPECT_EQ(way(*ProxyOptions::from_environment({}), "http://a.test/"), "");
}

TEST(ProxyOptions, an_error_names_the_variable) {
    for (const auto& [name, value] : Environment{{"https_proxy", "socks5://p.test"},
                                                 {"http_proxy", "a b"},
                                                 {"ALL_PROXY", "://"},
                                                 {"NO_PROXY", "10.0.0.0/99"}}) {
        const auto options = ProxyOptions::from_environment({{name, value}});
        ASSERT_FALSE(options) << name;
        EXPECT_TRUE(options.error().to_string().starts_with(name + ": "));
    }
}

}  // namespace
}  // namespace apilab::transport
