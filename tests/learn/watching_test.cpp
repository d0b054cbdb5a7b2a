#include "learn/watching.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "folder.hpp"
#include "learn/process.hpp"

namespace apilab::cli {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class Saves : public testing::Test {
protected:
    static SteadyTime at(Duration since) { return SteadyTime(1h + since); }
    Debounce saves{{.quiet = 50ms, .wait_max = 1s}};
};

TEST_F(Saves, are_acted_on_once_nothing_more_happens) {
    EXPECT_FALSE(saves.due().has_value());
    EXPECT_FALSE(saves.take(at(0ms)).has_value());
    saves.changed(at(0ms));
    saves.changed(at(30ms));
    EXPECT_EQ(saves.due(), at(80ms));
    EXPECT_FALSE(saves.take(at(79ms)).has_value());
    EXPECT_EQ(saves.take(at(80ms)), at(0ms)) << "counted from the first";
    EXPECT_FALSE(saves.take(at(5s)).has_value()) << "once";
}

TEST_F(Saves, that_do_not_end_are_acted_on_all_the_same) {
    for (Duration since = 0ms; since < 2s; since += 40ms) {
        saves.changed(at(since));
        if (saves.take(at(since))) {
            EXPECT_EQ(since, 1s);
            return;
        }
    }
    FAIL() << "never acted on";
}

class Watched : public testing::Test {
protected:
    void write(const std::string& name, std::string_view text) const {
        std::ofstream(folder.path() / name) << text;
    }
    // What happens in the folder is there to be read as soon as the call that did it is over.
    [[nodiscard]] bool noticed() { return watch.changed().value(); }

    Folder folder;
    FileWatch watch = FileWatch::open(folder.path() / "day01.cpp").value();
};

TEST_F(Watched, is_noticed_when_it_is_written) {
    EXPECT_FALSE(noticed());
    write("day01.cpp", "1");
    EXPECT_EQ(first_readable({watch.handle()}, 0ms), watch.handle());
    EXPECT_TRUE(noticed());
    EXPECT_FALSE(noticed()) << "only once";
    EXPECT_FALSE(first_readable({watch.handle()}, 0ms).has_value());
}

TEST_F(Watched, is_noticed_when_an_editor_puts_another_in_its_place) {
    write("day01.cpp", "1");
    EXPECT_TRUE(noticed());
    // As vim does: the old one aside, a new one, the old one gone.
    fs::rename(folder.path() / "day01.cpp", folder.path() / "day01.cpp~");
    EXPECT_FALSE(noticed()) << "it is gone for a moment: nothing to build";
    write("day01.cpp", "2");
    fs::remove(folder.path() / "day01.cpp~");
    EXPECT_TRUE(noticed());
    // As others do: written beside it and renamed.
    write(".day01.cpp.new", "3");
    EXPECT_FALSE(noticed());
    fs::rename(folder.path() / ".day01.cpp.new", folder.path() / "day01.cpp");
    EXPECT_TRUE(noticed());
    write("day01.cpp", "4");
    EXPECT_TRUE(noticed()) << "the new one is watched as the old one was";
}

TEST_F(Watched, others_in_its_folder_are_not_meant) {
    write("day02.cpp", "1");
    write("day01.cpp.1", "1");
    EXPECT_FALSE(noticed());
}

TEST_F(Watched, a_folder_that_goes_away_is_an_error) {
    fs::remove_all(folder.path());
    const auto changed = watch.changed();
    ASSERT_FALSE(changed.has_value());
    EXPECT_EQ(changed.error().kind(), ErrorKind::io);
    EXPECT_FALSE(FileWatch::open(folder.path() / "day01.cpp").has_value());
}

}  // namespace
}  // namespace apilab::cli
