// AlignedVector, Status and bit_cast.

#include <cstdint>
#include <limits>
#include <utility>

#include "base/aligned.h"
#include "base/bits.h"
#include "base/status.h"
#include "doctest/doctest.h"

using mdn::AlignedVector;

TEST_CASE("an aligned vector is aligned and starts as zeros") {
  for (std::size_t size : {1u, 3u, 64u, 1000u}) {
    const AlignedVector<float> v(size);
    CHECK(v.size() == size);
    CHECK(reinterpret_cast<std::uintptr_t>(v.data()) % 64 == 0);
    for (float x : v) CHECK(x == 0.0f);
  }
  CHECK(AlignedVector<float>().empty());
  CHECK(AlignedVector<float>(0).empty());
}

TEST_CASE("copies are deep, and keep their memory when the size is the same") {
  AlignedVector<int> a(3);
  a[1] = 7;
  AlignedVector<int> b = a;
  b[1] = 8;
  CHECK(a[1] == 7);
  const int* memory = b.data();
  b = a;
  CHECK(b[1] == 7);
  CHECK(b.data() == memory);
  const AlignedVector<int>& itself = b;
  b = itself;
  CHECK(b[1] == 7);
  b = AlignedVector<int>(5);
  CHECK(b.size() == 5);
  a = b;
  CHECK(a.size() == 5);
  CHECK(a[1] == 0);
}

TEST_CASE("moving takes the memory along") {
  AlignedVector<int> a(3);
  a[2] = 9;
  const int* memory = a.data();
  const AlignedVector<int> b = std::move(a);
  CHECK(b.data() == memory);
  CHECK(b[2] == 9);
}

TEST_CASE("a size that cannot be is refused") {
  AlignedVector<double> v(4);
  CHECK_FALSE(v.try_resize(std::numeric_limits<std::size_t>::max() / 4));
  CHECK(v.empty());
  CHECK(v.try_resize(2));
  CHECK(v.size() == 2);
}

TEST_CASE("a status is good unless it says otherwise") {
  CHECK(mdn::Status{}.ok());
  const mdn::Status bad = mdn::Status::error(mdn::Code::kBadShape, "why");
  CHECK_FALSE(bad.ok());
  CHECK(bad.code == mdn::Code::kBadShape);
  CHECK(bad.message == "why");
}

TEST_CASE("bit_cast reads the same bytes") {
  CHECK(mdn::bit_cast<std::uint32_t>(1.0f) == 0x3f800000u);
  CHECK(mdn::bit_cast<float>(std::uint32_t{0x40490fdb}) == 0x1.921fb6p1f);
}
