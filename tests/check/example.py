"""The design's example of a port, as it stands: it must load, check and play."""

EXAMPLE = """\
from lucid import InputFile, LucidModel, LucidSession, SessionContext, hold, image_input, input, publish

class MySession(LucidSession["MyModel"]):
    def __init__(self, model: "MyModel", ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.prompt = "..."
        self.active_inputs: set[str] = set()
        self.seed_frame: InputFile | None = None

    @input(description="Seed the initial frame", paused=True)
    def set_seed_frame(self, image: InputFile = image_input(size=(640, 360))) -> None:
        self.seed_frame = image

    @input(description="Update the prompt", paused=True)
    def set_prompt(self, prompt: str) -> None:
        self.prompt = prompt

    @input(binding=hold(keys=("KeyW",)))
    def move_fwd(self, pressed: bool) -> None:
        self.active_inputs.add("fwd") if pressed else self.active_inputs.discard("fwd")

    async def run(self) -> None:
        while self.ctx.running:
            frame = self.model.render_frame(self.prompt, frozenset(self.active_inputs))  # blocks: that is fine
            await self.ctx.publish("main_video", frame)

class MyModel(LucidModel):
    name = "my-model"
    session_cls = MySession
    outputs = (publish.video(name="main_video", width=640, height=360),)

    def create_session(self, ctx: SessionContext) -> MySession:
        return MySession(self, ctx)
"""  # noqa: E501 - as its author wrote it
