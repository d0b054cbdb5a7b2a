#include "apilab/base/scrubber.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "apilab/base/base64.hpp"

namespace apilab {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// With characters that every encoding writes in its own way.
const std::string awkward = "s3cr\"t/\\+ &=%\n\xC3\xA9\xF0\x9F\x94\x91";

std::string scrubbed(const std::string& value, std::string_view text) {
    Scrubber scrubber;
    EXPECT_EQ(scrubber.add(Secret(value)), Scrubber::Added::yes);
    return scrubber.scrubbed(text);
}

std::string hex(std::string_view bytes, bool upper, const char* before = "") {
    std::string text;
    for (const char c : bytes) {
        std::array<char, 3> two{};
        std::snprintf(two.data(), two.size(), upper ? "%02X" : "%02x",
                      static_cast<unsigned char>(c));
        text += std::string(before) + two.data();
    }
    return text;
}

TEST(Scrubber, a_value_becomes_three_stars_wherever_it_stands) {
    EXPECT_EQ(scrubbed("hunter2", "hunter2"), "***");
    EXPECT_EQ(scrubbed("hunter2", "a hunter2, hunter2!"), "a ***, ***!");
    EXPECT_EQ(scrubbed("hunter2", "hunter hunter1 unter2"), "hunter hunter1 unter2");
    EXPECT_EQ(scrubbed("hunter2", ""), "");
    EXPECT_EQ(scrubbed("hunter2", "hunthunter2er2"), "hunt***er2");
}

TEST(Scrubber, a_value_that_repeats_itself_is_found_where_it_overlaps) {
    EXPECT_EQ(scrubbed("aabaab", "aabaabaab!"), "***!");
    EXPECT_EQ(scrubbed("aaaaaa", std::string(20, 'a') + "b"), "***b");
    EXPECT_EQ(scrubbed("aaaaab", "aaaaaaaab"), "aaa***");
}

TEST(Scrubber, of_a_value_and_its_beginning_nothing_is_left) {
    Scrubber scrubber;
    scrubber.add(Secret("topsecret"));
    scrubber.add(Secret("topsecret-and-more"));
    EXPECT_EQ(scrubber.scrubbed("<topsecret-and-more>"), "<***>");
    EXPECT_EQ(scrubber.scrubbed("<topsecret-and-mice>"), "<***-and-mice>");
    EXPECT_EQ(scrubber.scrubbed("<topsecrettopsecret>"), "<***>");
}

TEST(Scrubber, knows_base64_wherever_in_the_encoded_text_a_value_begins) {
    for (const std::string value : {"hunter2", "hunter22", "hunter222", "?~?>>~\x7f\xff\xfe\xfd"}) {
        for (const std::string before : {"", "a", "ab", "user:"}) {
            for (const std::string after : {"", "z", "zz", "zzz"}) {
                auto text = base64_encode(before + value + after);
                const auto clean = scrubbed(value, "Basic " + text);
                EXPECT_THAT(clean, HasSubstr("***"));
                // Digits of its neighbours, and on either side one that it shares with them.
                const auto left = (8 * before.size() + 5) / 6 +
                                  (8 * (value + after).size() + 5) / 6 - 8 * value.size() / 6 + 2;
                EXPECT_LE(clean.size(), 6 + 3 + left + 2)
                    << before << value << after << " " << text << " " << clean;
                std::ranges::replace(text, '+', '-');
                std::ranges::replace(text, '/', '_');
                text.erase(text.find_last_not_of('=') + 1);
                EXPECT_THAT(scrubbed(value, text), HasSubstr("***"));
            }
        }
    }
    EXPECT_EQ(scrubbed("hunter2", base64_encode("hunter2")), "***");
    EXPECT_EQ(scrubbed("hunter2", "aHVudGVyMg"), "***");
}

TEST(Scrubber, knows_hexadecimal) {
    EXPECT_EQ(scrubbed(awkward, "<" + hex(awkward, false) + ">"), "<***>");
    EXPECT_EQ(scrubbed(awkward, "<" + hex(awkward, true) + ">"), "<***>");
}

TEST(Scrubber, undoes_percent_encoding_of_any_part) {
    EXPECT_EQ(scrubbed(awkward, "?k=" + hex(awkward, false, "%") + "&a=1"), "?k=***&a=1");
    EXPECT_EQ(scrubbed(awkward, "?k=" + hex(awkward, true, "%") + "&a=1"), "?k=***&a=1");
    EXPECT_EQ(scrubbed("pw:a/b+c=d", "x pw%3Aa%2fb%2Bc=d y"), "x *** y");
    EXPECT_EQ(scrubbed("pw:a/b+c=d", "x pw%3Aa/b+c%3Dd y"), "x *** y");
    EXPECT_EQ(scrubbed("100%25cotton", "100%25cotton 100%2525cotton"), "*** ***");
    EXPECT_EQ(scrubbed("hunter2", "%%hunter2%%6%68unter2%"), "%%***%%6***%");
    EXPECT_EQ(scrubbed("hunter2", "a%2"), "a%2");
    EXPECT_EQ(scrubbed("ab+cd/ef==", "x=" + std::string("YWIrY2QvZWY9PQ%3D%3D")), "x=***");
}

TEST(Scrubber, undoes_the_encoding_of_forms) {
    EXPECT_EQ(scrubbed("correct horse+battery", "p=correct+horse%2Bbattery&q"), "p=***&q");
    EXPECT_EQ(scrubbed("correct horse+battery", "p=correct%20horse%2bbattery&q"), "p=***&q");
}

TEST(Scrubber, undoes_backslashes) {
    EXPECT_EQ(scrubbed(awkward, R"({"a":"s3cr\"t\/\\+ &=%\n)"
                                "\xC3\xA9\xF0\x9F\x94\x91\"}"),
              R"({"a":"***"})");
    EXPECT_EQ(scrubbed(awkward,
                       R"({"a":"s3cr\u0022t\u002F\u005c\u002b \u0026=%\u000a\u00e9\ud83d\udd11"})"),
              R"({"a":"***"})");
    EXPECT_EQ(scrubbed("hunter2", R"(\hunter2 \u0068unter2 \x68unter2 \u00)"),
              R"(\*** *** *** \u00)");
    EXPECT_EQ(scrubbed("a/b/c/d", R"(https:\/\/a\/b\/c\/d)"), R"(https:\/\/***)");
    EXPECT_EQ(scrubbed("hunter2", R"(\ud83dhunter2 \ud83d\u0068unter2)"), R"(\ud83d*** \ud83d***)");
}

TEST(Scrubber, a_short_value_is_not_looked_for_and_who_adds_it_is_told) {
    Scrubber scrubber;
    EXPECT_EQ(scrubber.add(Secret("12345")), Scrubber::Added::too_short);
    EXPECT_EQ(scrubber.add(Secret()), Scrubber::Added::too_short);
    EXPECT_TRUE(scrubber.empty());
    EXPECT_EQ(scrubber.scrubbed("12345"), "12345");
    EXPECT_EQ(scrubber.add(Secret("123456")), Scrubber::Added::yes);
    EXPECT_EQ(scrubber.scrubbed("12345 123456"), "12345 ***");
    EXPECT_EQ(scrubber.add(Secret(std::string((std::size_t{128} << 10U) + 1, 'x'))),
              Scrubber::Added::too_long);
}

TEST(Scrubber, the_oldest_values_go_when_there_are_too_many) {
    Scrubber few({.values_max = 2, .bytes_max = 1000});
    Scrubber small({.values_max = 100, .bytes_max = 20});
    for (const char* value : {"first-1", "second2", "third-3", "third-3"}) {
        few.add(Secret(value));
        small.add(Secret(value));
    }
    EXPECT_EQ(few.scrubbed("first-1 second2 third-3"), "first-1 *** ***");
    EXPECT_EQ(small.scrubbed("first-1 second2 third-3"), "first-1 *** ***");
}

TEST(Scrubber, values_that_pass_go_before_those_that_stay) {
    Scrubber scrubber({.values_max = 4, .passing_max = 2});
    scrubber.add(Secret("stays-1"));
    for (const char* value : {"passes-1", "passes-2", "passes-3"}) {
        scrubber.add_passing(Secret(value));
    }
    EXPECT_EQ(scrubber.scrubbed("stays-1 passes-1 passes-2 passes-3"), "*** passes-1 *** ***");
    scrubber.add(Secret("stays-2"));
    scrubber.add(Secret("stays-3"));
    EXPECT_EQ(scrubber.scrubbed("stays-1 passes-2 passes-3 stays-2"), "*** passes-2 *** ***");
}

TEST(Scrubber, a_long_value_is_hidden_as_a_whole_in_each_form) {
    std::string value;
    for (int i = 0; i < 3000; ++i) {
        value += static_cast<char>('!' + (i * i + i / 7) % 90);
    }
    EXPECT_EQ(scrubbed(value, "<" + value + ">"), "<***>");
    EXPECT_EQ(scrubbed(value, "<" + base64_encode(value) + ">"), "<***>");
    EXPECT_EQ(scrubbed(value, "<" + hex(value, true, "%") + ">"), "<***>");
}

TEST(Scrubber, of_a_private_key_each_line_counts) {
    const std::string line1 = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
    const std::string line2 = "kTbXfE0sVQqOQ2gYgQwQkQyGq7uO0YvKp0T8n0a9";
    const std::string begin = "-----BEGIN PRIVATE KEY-----";
    const std::string end = "-----END PRIVATE KEY-----";
    const auto pem = begin + "\n" + line1 + "\n" + line2 + "\n" + end + "\n";
    EXPECT_EQ(scrubbed(pem, line2 + " " + line1 + "\r\n"), "*** ***\r\n");
    EXPECT_EQ(scrubbed(pem, begin), begin);
    const auto account = R"({"type":"service_account","private_key":")" + begin + "\\n" + line1 +
                         "\\n" + line2 + "\\n" + end + R"(\n"})";
    EXPECT_THAT(scrubbed(account, pem), Not(HasSubstr(line1)));
    EXPECT_THAT(scrubbed(account, pem), Not(HasSubstr(line2)));
}

TEST(Scrubber, finds_places_with_the_fingerprint_of_the_value) {
    Scrubber scrubber;
    scrubber.add(Secret("hunter2"));
    scrubber.add(Secret("topsecret"));
    const auto places = scrubber.find("a topsecret b aHVudGVyMg==");
    ASSERT_EQ(places.size(), 2U);
    EXPECT_EQ(places[0].offset, 2U);
    EXPECT_EQ(places[0].size, 9U);
    EXPECT_EQ(places[0].fingerprint, Secret("topsecret").fingerprint());
    EXPECT_EQ(places[1].offset, 14U);
    EXPECT_EQ(places[1].size, 12U);
    EXPECT_EQ(places[1].fingerprint, Secret("hunter2").fingerprint());
}

TEST(Scrubber, may_be_asked_while_it_learns) {
    Scrubber scrubber;
    scrubber.add(Secret("hunter2"));
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&scrubber, i] {
            for (int j = 0; j < 50; ++j) {
                scrubber.add(Secret("value-" + std::to_string(i) + "-" + std::to_string(j)));
                EXPECT_EQ(scrubber.scrubbed("a hunter2"), "a ***");
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(scrubber.scrubbed("value-3-49 value-0-0"), "*** ***");
}

class Streamed : public ::testing::Test {
protected:
    Scrubber scrubber_;
    std::vector<std::string> pieces_;
    ScrubbedStream stream_{scrubber_,
                           [this](std::string_view text) { pieces_.emplace_back(text); }};
    [[nodiscard]] std::string all() const {
        std::string text;
        for (const auto& piece : pieces_) {
            text += piece;
        }
        return text;
    }
};

TEST_F(Streamed, a_value_split_over_two_writes_is_found) {
    scrubber_.add(Secret("hunter2"));
    stream_.write("a hun");
    stream_.write("ter2 b");
    EXPECT_THAT(pieces_, ElementsAre("a ", "*** b"));
}

TEST_F(Streamed, only_what_may_become_a_value_is_held_back) {
    scrubber_.add(Secret("hunter2"));
    stream_.write("hunter");
    EXPECT_EQ(all(), "");
    stream_.write("s");
    EXPECT_EQ(all(), "hunters");
    stream_.write(" hun%74");
    EXPECT_EQ(all(), "hunters ");
    stream_.write("%6");
    EXPECT_EQ(all(), "hunters ");
    stream_.flush();
    EXPECT_EQ(all(), "hunters hun%74%6");
}

TEST_F(Streamed, what_is_added_counts_for_what_was_held_back) {
    scrubber_.add(Secret("hunter2"));
    stream_.write("a hunter");
    scrubber_.add(Secret("hunters-all"));
    stream_.write("s-all b");
    EXPECT_EQ(all(), "a *** b");
}

TEST_F(Streamed, without_values_everything_goes_through_at_once) {
    stream_.write("a hunter2");
    EXPECT_EQ(all(), "a hunter2");
    scrubber_.add(Secret("hunter2"));
    stream_.write(" hunter2");
    EXPECT_EQ(all(), "a hunter2 ***");
}

TEST_F(Streamed, values_that_touch_are_one_also_over_writes) {
    scrubber_.add(Secret("hunter2"));
    for (const char c : std::string("hunter2hunter2 x")) {
        stream_.write({&c, 1});
    }
    stream_.flush();
    EXPECT_EQ(all(), "*** x");
}

TEST_F(Streamed, its_end_gives_away_what_it_held) {
    {
        scrubber_.add(Secret("hunter2"));
        ScrubbedStream other(scrubber_,
                             [this](std::string_view text) { pieces_.emplace_back(text); });
        other.write("hun");
        EXPECT_EQ(all(), "");
    }
    EXPECT_EQ(all(), "hun");
}

}  // namespace
}  // namespace apilab
