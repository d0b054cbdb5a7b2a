// What the rules read: Dockerfiles, units and JSON with their lines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deploy/facts.hpp"

namespace apilab::cli::deploy {
namespace {

using testing::ElementsAre;

TEST(Dockerfiles, are_instructions_with_lines_words_and_stages) {
    const auto docker = parse_dockerfile("Dockerfile",
                                         "# syntax\n\nfrom a AS one\nRUN x \\\n  y\nFROM b\n"
                                         "COPY --from=one --chown=1:1 [\"a b\", \"/c\"]\n"
                                         "ENV A=1 B='2 3' C=\"4\"\nENV D e f\nCMD [broken");
    ASSERT_TRUE(docker);
    ASSERT_EQ(docker->all.size(), 7U);
    EXPECT_EQ(docker->all[0].name, "FROM");
    EXPECT_EQ(docker->all[1].line, 4U);
    EXPECT_EQ(docker->all[1].text, "x  y");
    EXPECT_THAT(docker->all[3].words, ElementsAre("a b", "/c"));
    const auto variables = variables_of(docker->all[4]);
    ASSERT_EQ(variables.size(), 3U);
    EXPECT_EQ(variables[1].value, "2 3");
    EXPECT_EQ(variables_of(docker->all[5])[0].value, "e f");
    EXPECT_FALSE(docker->all[6].exec_form) << "as Docker takes it";
    EXPECT_EQ(docker->final_stage().size(), 5U);
    EXPECT_EQ(docker->last("RUN"), nullptr) << "of another stage";
    EXPECT_FALSE(parse_dockerfile("Dockerfile", "RUN x\n"));
    EXPECT_TRUE(parse_dockerfile("Dockerfile", "FROM a \\"));
}

TEST(Units, join_lines_and_keep_what_comes_again) {
    const auto unit = parse_unit("a.service",
                                 "; no\n[Service]\nEnvironment=A=1 \\\n# between\n  B=2\n"
                                 "Environment=C=3\n");
    ASSERT_TRUE(unit);
    const auto found = unit->like("Service.Environment");
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0]->line, 3U);
    EXPECT_EQ(found[0]->value, "A=1  B=2");
    EXPECT_EQ(unit->find("Service.Environment")->value, "C=3");
}

TEST(JsonSettings, know_their_lines_also_where_names_come_twice) {
    const auto settings =
        parse_json("railway.json", "{\"a\": {\"x\": 1,\n\"b\": true},\n\"c\": [\n{\"x\": \"2\"}]}");
    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->find("a.x")->line, 1U);
    EXPECT_EQ(settings->find("a.b")->value, "true");
    EXPECT_EQ(settings->find("c[0].x")->line, 4U);
    EXPECT_TRUE(settings->find("c[0].x")->quoted);
    EXPECT_FALSE(settings->find("a.x")->quoted);
    EXPECT_TRUE(settings->has("c"));
    EXPECT_FALSE(settings->has("ca"));
    EXPECT_EQ(settings->like("c[].x").size(), 1U);
    EXPECT_FALSE(parse_json("railway.json", "[]"));
}

TEST(Facts, seconds_stand_with_and_without_unit) {
    using namespace std::chrono_literals;
    EXPECT_EQ(seconds_of("60"), 60s);
    EXPECT_EQ(seconds_of("2m"), 2min);
    EXPECT_EQ(seconds_of("500ms"), 500ms);
    EXPECT_EQ(seconds_of("soon"), std::nullopt);
    EXPECT_EQ(seconds_of(""), std::nullopt);
    EXPECT_EQ(seconds_of("99999999999"), std::nullopt);
}

TEST(Facts, a_folder_holds_what_is_below_it_and_not_what_begins_like_it) {
    EXPECT_TRUE(is_below("/data/a", "/data/"));
    EXPECT_TRUE(is_below("/data", "/data"));
    EXPECT_FALSE(is_below("/database", "/data"));
}

TEST(Facts, names_of_files_with_secrets_are_known) {
    for (const char* name : {".env", ".env.local", "id_rsa", "tls.key", "ca.pem", ".npmrc"}) {
        EXPECT_TRUE(names_private_file(name)) << name;
    }
    for (const char* name : {".env.example", "id_rsa.pub", "env", "keys.cpp", "monkey"}) {
        EXPECT_FALSE(names_private_file(name)) << name;
    }
}

}  // namespace
}  // namespace apilab::cli::deploy
