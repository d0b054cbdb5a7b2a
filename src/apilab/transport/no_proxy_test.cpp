#include "apilab/transport/no_proxy.hpp"

#include <gtest/gtest.h>

#include <string>

namespace apilab::transport {
namespace {

struct Row {
    std::string text;
    std::string host;
    std::uint16_t port;
    bool matches;
};

const Row rows[] = {
    {"", "example.com", 80, false},
    {" , ,", "example.com", 80, false},
    {"*", "example.com", 80, true},
    {"*", "::1", 80, true},
    {"a.test,*", "example.com", 80, true},
    {"example.com", "example.com", 80, true},
    {"EXAMPLE.com", "example.com", 80, true},
    {"example.com", "api.example.com", 80, true},
    {"example.com", "a.b.example.com", 80, true},
    {"example.com", "notexample.com", 80, false},
    {"example.com", "example.com.evil.test", 80, false},
    {"example.com", "com", 80, false},
    {"example.com.", "example.com", 80, true},
    {"example.com", "example.com.", 80, true},
    {".example.com", "api.example.com", 80, true},
    {".example.com", "example.com", 80, false},
    {"*.example.com", "api.example.com", 80, true},
    {"*.example.com", "example.com", 80, false},
    {"example.com:8080", "example.com", 8080, true},
    {"example.com:8080", "example.com", 80, false},
    {".example.com:8080", "api.example.com", 8080, true},
    {"localhost 127.0.0.1", "localhost", 80, true},
    {"localhost\t127.0.0.1", "127.0.0.1", 80, true},
    {"127.0.0.1", "127.0.0.10", 80, false},
    {"127.0.0.1:81", "127.0.0.1", 81, true},
    {"127.0.0.1:81", "127.0.0.1", 80, false},
    {"10.0.0.0/8", "10.255.1.2", 80, true},
    {"10.0.0.0/8", "11.0.0.1", 80, false},
    {"10.1.2.3/8", "10.9.9.9", 80, true},
    {"192.168.16.0/20", "192.168.31.255", 80, true},
    {"192.168.16.0/20", "192.168.32.0", 80, false},
    {"1.2.3.4/32", "1.2.3.4", 80, true},
    {"1.2.3.4/32", "1.2.3.5", 80, false},
    {"0.0.0.0/0", "8.8.8.8", 80, true},
    {"0.0.0.0/0", "::1", 80, false},
    {"0.0.0.0/0", "example.com", 80, false},
    {"::/0", "8.8.8.8", 80, false},
    {"::1", "::1", 80, true},
    {"[::1]", "::1", 80, true},
    {"[::1]:81", "::1", 81, true},
    {"[::1]:81", "::1", 80, false},
    {"fd00::/8", "fdab::1", 80, true},
    {"fd00::/8", "fe80::1", 80, false},
    {"::ffff:10.0.0.1", "10.0.0.1", 80, true},
    {"10.0.0.1", "::ffff:a00:1", 80, true},
    // An address is not below a name that ends like it.
    {"0.1", "127.0.0.1", 80, false},
};

TEST(NoProxy, matches_what_is_listed_and_nothing_else) {
    for (const auto& row : rows) {
        const auto no_proxy = NoProxy::parse(row.text);
        ASSERT_TRUE(no_proxy) << row.text << ": " << no_proxy.error().to_string();
        EXPECT_EQ(no_proxy->matches(row.host, row.port), row.matches)
            << row.text << " and " << row.host << ':' << row.port;
    }
}

TEST(NoProxy, an_entry_that_is_none_is_named) {
    for (const char* entry : {"10.0.0.0/33",
                              "::1/129",
                              "10.0.0.0/",
                              "10.0.0.0/-1",
                              "10.0.0.0/8:80",
                              "[10.0.0.1]",
                              "[::1",
                              "[::1]x",
                              "[::1/64]",
                              "a.test:0",
                              "a.test:65536",
                              "a.test:",
                              ":80",
                              ".",
                              "*.",
                              "*a",
                              "a*b",
                              "http://a.test",
                              "a_b/c",
                              "fe80::1%eth0",
                              "k\xc3\xa4se.test"}) {
        const auto no_proxy = NoProxy::parse("good.test, " + std::string(entry));
        ASSERT_FALSE(no_proxy) << entry;
        EXPECT_EQ(no_proxy.error().kind(), ErrorKind::invalid_argument);
        EXPECT_EQ(no_proxy.error().detail(), "no_proxy");
    }
    EXPECT_TRUE(NoProxy::parse("10.0.0.0/33").error().message().contains("'10.0.0.0/33'"));
    EXPECT_TRUE(NoProxy::parse("\x1b[31m").error().message().contains("'?[31m'"));
}

TEST(NoProxy, text_and_number_of_entries_are_limited) {
    std::string many;
    for (std::size_t i = 0; i < NoProxy::rules_max; ++i) {
        many += "a" + std::to_string(i) + ",";
    }
    EXPECT_EQ(NoProxy::parse(many)->rules(), NoProxy::rules_max);
    EXPECT_FALSE(NoProxy::parse(many + "b"));
    EXPECT_TRUE(NoProxy::parse(std::string(NoProxy::text_max, ' ')));
    EXPECT_FALSE(NoProxy::parse(std::string(NoProxy::text_max + 1, ' ')));
}

}  // namespace
}  // namespace apilab::transport
