"""What LUC307 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        import asyncio
        from lucid import LucidModel

        class MyModel(LucidModel):
            async def load(self, ctx) -> None:
                await self.fetch()

        if __name__ == "__main__":
            asyncio.run(main())
        """,
)
INVALID = (
    Invalid(
        """
            import asyncio
            from lucid import LucidModel

            class MyModel(LucidModel):
                async def load(self, ctx) -> None:
                    weights = asyncio.run(self.fetch())
            """,
        line=6,
        column=19,
        fix=("asyncio.run(self.fetch())", "(await self.fetch())"),
    ),
    Invalid(
        """
            import asyncio
            from lucid import LucidModel

            class MyModel(LucidModel):
                def load(self, ctx) -> None:
                    asyncio.run(self.fetch())
            """,
        line=6,
        column=9,
    ),
)
