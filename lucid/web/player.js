// @ts-nocheck: ui/player.js and all it imports, by `python -m tests.web.bundle`
var Ut=class i{#t=null;#e=0;#i=0;#s=0;#n;#r;#o;#a=!1;constructor(t,e,s){this.#n=t,this.#r=1e3/e,this.#o=s,wr().then(n=>this.#t=n),"requestVideoFrameCallback"in t&&this.#l()}static of({role:t,manifest:{outputs:e}},s,n){let r=e.find(({kind:l})=>l==="video"),o=e.some(({kind:l})=>l==="audio");return t==="player"&&r?.kind==="video"&&r.fps&&!o?new i(s,r.fps,l=>n.align(l)):null}close(){this.#a=!0}#l(){this.#n.requestVideoFrameCallback((t,{receiveTime:e})=>{this.#a||e===void 0||(this.#c(t,e),this.#l())})}#c(t,e){let s=this.#t;if(s===null)return;let n=this.#r/s,r=Math.max(1,Math.round(n));if(Math.abs(n/r-1)>.03)return;let o=(e-t)/s*2*Math.PI;if(this.#e+=Math.cos(o),this.#i+=Math.sin(o),++this.#s<6)return;let l=Math.hypot(this.#e,this.#i)/this.#s,c=.6-Math.atan2(this.#i,this.#e)/(2*Math.PI);this.#e=this.#i=this.#s=0;let p=c-Math.round(c);l>.5&&Math.abs(p)>.15&&this.#o(p*s)}};function wr(){return new Promise(i=>{let t=[],e=s=>{if(t.push(s),t.length<=24)return requestAnimationFrame(e);let n=t.slice(1).map((r,o)=>r-t[o]);i(n.sort((r,o)=>r-o)[12])};requestAnimationFrame(e)})}var vr=[0,2,1,3,5,4,7,6,11,10],xr=new Map(Object.entries({"key:Space":0,"key:ShiftLeft":10,"key:ControlLeft":1,"key:KeyE":2,"key:KeyR":3,"mouse:0":7,"mouse:2":6,"key:KeyQ":4,"key:Escape":9,"key:Enter":9})),Re={up:{wasd:"KeyW",arrow:"ArrowUp",stick:"a1-",pad:12},down:{wasd:"KeyS",arrow:"ArrowDown",stick:"a1+",pad:13},left:{wasd:"KeyA",arrow:"ArrowLeft",stick:"a0-",pad:14},right:{wasd:"KeyD",arrow:"ArrowRight",stick:"a0+",pad:15}};function Ji(i){let t=i.flatMap($r);return[...t,...kr(i,t)]}function $r({name:i,binding:t}){let e=(n,r)=>n.map(o=>({name:i,end:r,source:`key:${o}`}));if(t?.kind==="axis")return[...e(t.negative_keys,-1),...e(t.positive_keys,1)];if(t?.kind!=="hold"&&t?.kind!=="press")return[];let s=t.mouse_buttons.map(n=>({name:i,end:1,source:`mouse:${n}`}));return[...e(t.keys,1),...s]}function kr(i,t){let e=[];for(let r of Object.values(Re)){let o=L(t,`key:${r.wasd}`),l=L(t,`key:${r.arrow}`);for(let c of o.length?o:l)e.push({...c,source:`pad:${r.stick}`});for(let c of l.length?l:o)e.push({...c,source:`pad:b${r.pad}`})}let s=new Set(e.map(({name:r})=>r)),n=new Set(e.map(({source:r})=>r));for(let r of i.filter(({name:o})=>!s.has(o)))for(let o of B(r)){let c=[...t.filter(p=>p.name===r.name&&p.end===o).map(({source:p})=>xr.get(p)).filter(p=>p!==void 0),...vr].find(p=>!n.has(`pad:b${p}`));c!==void 0&&(n.add(`pad:b${c}`),e.push({name:r.name,end:o,source:`pad:b${c}`}))}return e}function B({binding:i}){return i?.kind==="axis"?[-1,1]:i?.kind==="hold"||i?.kind==="press"?[1]:[]}function bt(i){let t=e=>{let s=L(i,`key:${Re[e].wasd}`);return s.length?s:L(i,`key:${Re[e].arrow}`)};return{up:t("up"),down:t("down"),left:t("left"),right:t("right")}}function zt(i){return Object.values(bt(i)).filter(t=>t.length).length>1}function L(i,t){return i.filter(e=>e.source===t)}var Xi=[2,3],_r=1.01,Sr=300,Dt=class{held=new Map;#t;#e=0;#i=0;#s=new Map;constructor(t,e){this.#t=t,"getGamepads"in navigator&&(addEventListener("gamepadconnected",()=>this.#n(),{signal:e}),e.addEventListener("abort",()=>cancelAnimationFrame(this.#e)),tt().length&&this.#n())}#n(){cancelAnimationFrame(this.#e),this.#i=performance.now();for(let t of tt())this.#r(t);this.#e=requestAnimationFrame(t=>this.#o(t))}#r(t){if(yt(t))return null;let e=this.#s.get(t.index);if(e?.id===t.id)return e;let s=new je(t);return this.#s.set(t.index,s),s}#o(t){let e=tt(),s=Math.min(Math.max(t-this.#i,0),100)/1e3;this.#i=t;let n=new Map;for(let r of e){let o=this.#r(r)?.held(r,t)??Qi(r);for(let[p,f]of o)n.set(p,Math.max(f,n.get(p)??0));let[l,c]=yt(r)?Xi.map(p=>Zi(r.axes[p]??0)):[0,0];(l||c)&&this.#t.look(Ki(l)*900*s,Ki(c)*900*s),(l||c||o.length)&&this.#t.used(r.id)}for(let r of this.#s.keys())e.some(o=>o.index===r)||this.#s.delete(r);for(let r of this.held.keys())n.has(r)||this.#t.hold(r,0);for(let[r,o]of n)this.#t.hold(r,o);this.held=n,e.length?this.#e=requestAnimationFrame(r=>this.#o(r)):this.#t.used(null)}},je=class{#t=new Set;#e=new Map;constructor(t){this.id=t.id,this.held(t,-1/0)}held(t,e){let s=Qi(t),n=new Set(s.map(([r])=>Vi(r)));return t.buttons.forEach((r,o)=>this.#i(`pad:b${o}`,!n.has(`pad:b${o}`),0,e)),t.axes.forEach((r,o)=>this.#i(`pad:a${o}`,Math.abs(r)<=.15,Sr,e)),s.filter(([r])=>this.#t.has(Vi(r)))}#i(t,e,s,n){e?this.#e.has(t)||this.#e.set(t,n):this.#e.delete(t),(this.#e.get(t)??1/0)+s<=n&&this.#t.add(t)}};function Vi(i){return i.replace(/[+-]$/,"")}function yt({mapping:i}){return i==="standard"}function tt(){return"getGamepads"in navigator?[...navigator.getGamepads()].filter(i=>i!==null).filter(({connected:i})=>i):[]}function Qi(i){let t=[];return i.buttons.forEach(({pressed:e,value:s},n)=>{(e||s>.15)&&t.push([`pad:b${n}`,s||1])}),i.axes.forEach((e,s)=>{let n=Zi(e);n&&!(yt(i)&&Xi.includes(s))&&t.push([`pad:a${s}${n>0?"+":"-"}`,Math.abs(n)])}),t}function Zi(i){if(!(Math.abs(i)<=_r))return 0;let t=Math.min(1,(Math.abs(i)-.15)/(1-.15));return t<=0?0:Math.sign(i)*Math.round(t*20)/20}function Ki(i){return i*Math.abs(i)}var Nt=class{#t=new Map;#e;#i;onChange=()=>{};constructor(t,e,s){this.#e=e,this.#i=s;for(let n of t)["hold","press","axis"].includes(n.binding?.kind??"")&&this.#t.set(n.name,{spec:n,sources:new Map,sent:0})}press(t,e,s,n=1){let r=this.#t.get(t);if(!r)return;let o=r.sources.get(s);o!==e*n&&(r.sources.set(s,e*n),r.spec.binding?.kind!=="press"?this.#n(r):o===void 0&&this.#e(r.spec)&&this.#i(t,{}),(o===void 0||Math.sign(o)!==e)&&this.#r(r))}release(t){this.#s(e=>e===t)}releaseAll(t=""){this.#s(e=>e.startsWith(t))}sync(){for(let t of this.#t.values())this.#n(t)}forget(){for(let t of this.#t.values())t.sent=0}#s(t){for(let e of this.#t.values()){let s=[...e.sources.keys()].filter(t);if(s.length){for(let n of s)e.sources.delete(n);this.#n(e),this.#r(e)}}}#n(t){let{binding:e,name:s}=t.spec;if(e?.kind!=="hold"&&e?.kind!=="axis")return;let n=[...t.sources.values()],r=e.kind==="hold"?Number(n.some(l=>l>=.4)):Math.max(0,...n)+Math.min(0,...n),o=this.#e(t.spec)?r:0;o!==t.sent&&(t.sent=o,this.#i(s,e.kind==="hold"?{pressed:o===1}:{value:o}))}#r(t){let e=[...t.sources.values()].map(s=>Math.sign(s));this.onChange(t.spec.name,new Set(e))}};var es=[["ctrlKey","Control"],["metaKey","Meta"],["altKey","Alt"],["shiftKey","Shift"]],Er="textarea, select, input:not([type=range], [type=checkbox], [type=file])",Ar="button, a, summary, input",Tr=navigator.platform.startsWith("Mac"),Mr=["key:","screen:"];function is(i,t,{live:e,onKey:s,within:n,signal:r}){let o=p=>{if(j(p))return;let f=Bt(p),u=L(i(),`key:${f}`);if(!(!u.length||!e()||Pr(p,i())||Or(p))&&(p.preventDefault(),n!==window&&p.stopPropagation(),!p.repeat)){s();for(let{name:m,end:g}of u)t.press(m,g,`key:${f}`);f==="CapsLock"&&Tr&&t.release("key:CapsLock")}},l=p=>{let f=Bt(p);f?t.release(`key:${f}`):t.releaseAll("key:")},c=p=>{if(Cr(p))for(let f of Mr)t.releaseAll(f);Ie(p,t)};addEventListener("keydown",c,{signal:r,capture:!0}),addEventListener("keyup",c,{signal:r,capture:!0}),addEventListener("keyup",l,{signal:r,capture:!0}),n.addEventListener("keydown",o,{signal:r}),addEventListener("focusin",p=>{Ht(et(p))&&t.releaseAll("key:")},{signal:r})}function Ie(i,t){for(let[e,s]of es)i[e]||s==="Alt"&&i.getModifierState("AltGraph")||t.releaseAll(`key:${s}`)}var ts={" ":"Space",Shift:"ShiftLeft",Control:"ControlLeft",Alt:"AltLeft"};function Bt({code:i,key:t}){return i&&i!=="Unidentified"?i:/^[a-z]$/i.test(t)?`Key${t.toUpperCase()}`:/^[0-9]$/.test(t)?`Digit${t}`:t==="Unidentified"||t.length===1?ts[t]??"":ts[t]??t}function j(i){return i.isComposing||i.keyCode===229}function et(i){return i.composedPath()[0]??null}function Ht(i){return i instanceof HTMLElement?i.isContentEditable||i.matches(Er):!1}function Cr({code:i,key:t}){return t==="Meta"||/^(Meta|OS)/.test(i)}function Or(i){let t=et(i);return Ht(t)?!0:t instanceof Element?t.closest("dialog")?!0:t.matches(Ar)?t.matches("[type=range]")&&/^(Arrow|Page|Home|End)/.test(i.code)?!0:["Space","Enter","NumpadEnter","Tab"].includes(i.code):!1:!1}function Pr(i,t){return es.some(([e,s])=>e!=="shiftKey"&&i[e]&&!L(t,`key:${s}Left`).length&&!L(t,`key:${s}Right`).length)}var Lr=[100,3,1],Rr=[1,4,2,8,16];function ss(i,t,{live:e,lockable:s,stage:n,onMouse:r,signal:o}){n.addEventListener("mousedown",c=>{let p=L(i(),`mouse:${c.button}`);if(!(!p.length||!e()||s()&&!W(n))){c.preventDefault(),n.focus({preventScroll:!0}),r();for(let{name:f,end:u}of p)t.press(f,u,`mouse:${c.button}`)}},{signal:o});let l=c=>{Rr.forEach((p,f)=>c.buttons&p||t.release(`mouse:${f}`)),Ie(c,t)};for(let c of["mousedown","mousemove","mouseup"])addEventListener(c,l,{signal:o,capture:!0});addEventListener("pointercancel",({pointerType:c})=>{c!=="touch"&&t.releaseAll("mouse:")},{signal:o,capture:!0}),addEventListener("mouseup",c=>{t.release(`mouse:${c.button}`);let p=et(c);p instanceof Node&&n.contains(p)&&e()&&L(i(),`mouse:${c.button}`).length&&c.preventDefault()},{signal:o}),n.addEventListener("contextmenu",c=>{L(i(),"mouse:2").length&&e()&&c.preventDefault()},{signal:o}),document.addEventListener("pointerlockchange",()=>{W(n)||t.releaseAll("mouse:")},{signal:o})}function ns(i,{lockable:t,stage:e,onMouse:s,signal:n}){e.addEventListener("click",r=>{r.pointerType==="mouse"&&!W(e)&&t()&&jr(e)},{signal:n}),document.addEventListener("mousemove",r=>{W(e)&&(s(),i(r.movementX,r.movementY))},{signal:n})}function rs(i,{live:t,stage:e,signal:s}){e.addEventListener("wheel",n=>{if(n.ctrlKey||!t())return;n.preventDefault();let r=n.deltaY||(n.shiftKey?n.deltaX:0);i(-r/Lr[n.deltaMode])},{signal:s,passive:!1})}function W(i){return i.getRootNode().pointerLockElement===i}async function jr(i){i.focus({preventScroll:!0});try{await i.requestPointerLock({unadjustedMovement:!0})}catch(t){if(!(t instanceof DOMException)||t.name!=="NotSupportedError")return;await Promise.resolve(i.requestPointerLock()).catch(()=>{})}}function os(i){let[t,e,s]=[0,0,0];return(n,r)=>{t+=n,e+=r,s||=requestAnimationFrame(()=>{let o=[t,e];[t,e,s]=[0,0,0],(o[0]||o[1])&&i(...o)})}}var as={de:()=>import("./texts/de.js"),es:()=>import("./texts/es.js"),fr:()=>import("./texts/fr.js"),ja:()=>import("./texts/ja.js"),ko:()=>import("./texts/ko.js"),zh:()=>import("./texts/zh.js")},ls={};function a(i,...t){let e=i.reduce((n,r,o)=>`${n}{${o-1}}${r}`),s=ls[e]??e;return t.length?s.replaceAll(/\{(\d)\}/g,(n,r)=>String(t[r])):s}async function cs(i){let e=i.map(s=>s.split("-")[0].toLowerCase()).find(s=>s==="en"||Object.hasOwn(as,s))??"en";try{return e!=="en"&&(ls=(await as[e]()).default),e}catch{return"en"}}var Ir=()=>({ArrowUp:"\u2191",ArrowDown:"\u2193",ArrowLeft:"\u2190",ArrowRight:"\u2192",ShiftLeft:a`Shift`,ShiftRight:a`Right Shift`,ControlLeft:a`Ctrl`,ControlRight:a`Right Ctrl`,AltLeft:"Alt",AltRight:a`Right Alt`,MetaLeft:"Meta",MetaRight:a`Right Meta`,Space:a`Space`,CapsLock:a`Caps Lock`,Escape:a`Esc`,PageUp:a`Page Up`,PageDown:a`Page Down`,Backquote:"`",Backslash:"\\",BracketLeft:"[",BracketRight:"]",Comma:",",Equal:"=",Minus:"-",Period:".",Quote:"'",Semicolon:";",Slash:"/",NumpadAdd:"Num +",NumpadSubtract:"Num -",NumpadMultiply:"Num *",NumpadDivide:"Num /",NumpadDecimal:"Num .",NumpadEnter:"Num Enter"}),Ur=i=>[a`Left click`,a`Middle click`,a`Right click`,a`Mouse 4`,a`Mouse 5`][i];function T(i){let t=i.replaceAll(/[_-]+/g," ").trim();return t.charAt(0).toUpperCase()+t.slice(1)}var hs=new Map;async function ps(){try{hs=await navigator.keyboard.getLayoutMap()}catch{}}function zr(i){let t=hs.get(i)?.trim();return t?t.toLocaleUpperCase():Ir()[i]??i.replace(/^(Key|Digit)/,"").replace(/^Numpad/,"Num ")}var Dr=["A","B","X","Y","LB","RB","LT","RT","View","Menu","L3","R3","D\u2191","D\u2193","D\u2190","D\u2192","Home"],ds={"a0-":"\u2190","a0+":"\u2192","a1-":"\u2191","a1+":"\u2193"};function G(i){let[t,e]=i.split(":");return t==="key"?zr(e):t==="mouse"?Ur(Number(e)):e.startsWith("b")?Dr[Number(e.slice(1))]??a`Button ${e.slice(1)}`:e in ds?a`Stick ${ds[e]}`:a`Axis ${e.slice(1)}`}function _(i){return i.description||T(i.name)}function it(i){if(i<1024)return`${i} B`;let[t,e]=i<1024**2?[i/1024,"kB"]:[i/1024**2,"MB"];return`${t.toFixed(t<10?1:0)} ${e}`}var Nr=1e3;function Y(i){return Object.entries(i.properties??{}).map(([t,e])=>{let{nullable:s,value:n}=Ue(e,i.$defs??{});return{name:t,label:_({name:t,description:n.description??""}),kind:Br(n,s),required:(i.required??[]).includes(t),nullable:s,initial:e.default,examples:(e.examples??n.examples??[]).filter(qr),schema:n}})}function ze({role:i,manifest:t}){let e=new Map;for(let{name:s,arguments:{properties:n={}}}of i==="player"?t.inputs:[])for(let{capture:r}of Object.values(n))r&&e.set(s,r);return e}function Ue(i,t){if(i.$ref){let{$ref:o,...l}=i;return Ue({...t[o.replace("#/$defs/","")],...l},t)}let{anyOf:e,...s}=i;if(!e)return{nullable:!1,value:i};let n=e.filter(o=>o.type!=="null"),r=n.length<e.length;return n.length!==1?{nullable:r,value:s}:{nullable:r,value:Ue({...n[0],...s},t).value}}function Br(i,t){if(i.format==="lucid-file")return"file";if(i.format==="lucid-capture")return"capture";if(i.enum||"const"in i)return"choice";switch(i.type){case"boolean":return t?"choice":"toggle";case"string":return"text";case"integer":case"number":return!t&&Hr(i)?"slider":"number";default:return"json"}}function Hr(i){let{min:t,max:e}=wt(i);return t===void 0||e===void 0?!1:i.type==="number"||e-t<=Nr}function wt(i){let t=i.minimum??i.exclusiveMinimum,e=i.maximum??i.exclusiveMaximum,s=i.multipleOf??(i.type==="integer"?1:void 0);return s===void 0&&t!==void 0&&e!==void 0&&(s=10**Math.floor(Math.log10((e-t)/100))),{min:i.minimum===void 0&&t!==void 0?t+(s??0):t,max:i.maximum===void 0&&e!==void 0?e-(s??0):e,step:s}}function us(i,t){return Object.fromEntries(Object.entries(i).map(([e,s])=>{let{min:n=-1/0,max:r=1/0}=wt(t.properties?.[e]??{});return[e,Math.min(Math.max(s,n),r)]}))}function fs(i){return i.enum?i.enum:"const"in i?[i.const]:[!0,!1]}function qr(i){return typeof i=="string"}function qt({name:i,schema:t}){return t.type==="integer"&&/(^|_)seed$/.test(i)}var Ft=class{locks;feel;dialog={open:!1};gamepads;#t;#e;#i;#s;#n;#r;#o=new AbortController;#a="keyboard";#l;constructor(t,e,s,n,r,o=window){this.#t=t,this.#e=e,this.#s=s,this.#n=r,this.feel=n,this.#r=Ji(t),this.#i=new Nt(t,c=>e.accepts(c),(c,p)=>e.sendInput(c,p)),this.#i.onChange=r.held,this.#l=this.#d("pointer",(c,p)=>({dx:c,dy:p}));let l=t.some(({binding:c})=>c?.kind==="pointer");this.locks=l&&"requestPointerLock"in s,this.#c(o),this.gamepads=new Dt({hold:(c,p)=>this.#u(c,p),look:(c,p)=>this.dialog.open||this.look(c,p),used:c=>this.#h(c===null?"keyboard":"gamepad")},this.#o.signal)}get bound(){return this.feel.bindings??this.#r}get live(){let{state:t}=this.#e;return!this.dialog.open&&(t==="running"||t==="paused")}refresh(){this.#i.sync(),this.#e.state!=="running"&&W(this.#s)&&document.exitPointerLock()}connected(t){t?this.#i.forget():this.#i.releaseAll(),this.refresh()}press(t,e){this.#i.press(t,e,`screen:${t}:${e}`)}release(t,e){this.#i.release(`screen:${t}:${e}`)}steer(t,e){this.#h("touch");let s=bt(this.bound);for(let[n,r]of[["up",e],["down",-e],["right",t],["left",-t]])if(r<=.15)this.#i.release(`stick:${n}`);else for(let{name:o,end:l}of s[n])this.#i.press(o,l,`stick:${n}`,r)}look(t,e){let{sensitivity:s,invertY:n}=this.feel;this.#l(t*s,e*s*(n?-1:1))}releaseAll(t){this.#i.releaseAll(t)}close(){this.#i.releaseAll(),this.#o.abort(),W(this.#s)&&document.exitPointerLock()}#c(t){let{signal:e}=this.#o,s=()=>this.bound,n={live:()=>this.live,lockable:()=>this.locks&&this.#e.state==="running",stage:this.#s,onMouse:()=>this.#h("keyboard"),onKey:()=>this.#h("keyboard"),within:t,signal:e};is(s,this.#i,n),ss(s,this.#i,n),this.locks&&ns((o,l)=>this.look(o,l),n);let r=this.#d("wheel",(o,l)=>({delta:l}));this.#t.some(({binding:o})=>o?.kind==="wheel")&&rs(o=>r(0,o),n),this.#f(),document.addEventListener("pointerlockchange",()=>this.#n.locked(W(this.#s)),{signal:e}),this.#s.addEventListener("pointerdown",({pointerType:o})=>{o==="touch"&&this.#h("touch")},{signal:e})}#d(t,e){let s=this.#t.filter(({binding:n})=>n?.kind===t);return os((n,r)=>{for(let o of s)this.#e.accepts(o)&&this.#e.sendInput(o.name,us(e(n,r),o.arguments))})}#u(t,e){if(e===0||!this.live||!document.hasFocus())this.#i.release(t);else for(let{name:s,end:n}of L(this.bound,t))this.#i.press(s,n,t,e)}#h(t){t!==this.#a&&(this.#a=t,this.#n.device(t))}#f(){let t={signal:this.#o.signal},e=()=>this.#i.releaseAll();for(let s of["blur","focus","dragstart"])addEventListener(s,e,t);document.addEventListener("visibilitychange",e,t),addEventListener("contextmenu",s=>s.defaultPrevented||e(),t)}};function De(i){return i==="ready"||i==="running"||i==="paused"}var $=class extends Error{constructor(t,e,s=null){super(e),this.code=t,this.hint=s}};function ms(){return{code:"media.unreachable",message:a`the server sends no video to this browser`,hint:a`reload the page; a proxy between this browser and the server must pass WebSockets on`}}function gs(i){return{code:"protocol",message:a`the server uses protocol ${i}, this page uses protocol ${1}`,hint:a`reload the page`}}function bs(i){return i instanceof $?{code:i.code,message:i.message,hint:i.hint}:(console.error(i),{code:"page",message:String(i),hint:a`reload the page`})}var O=()=>{},ys={hello:O,sharing:O,queue:O,turn:O,progress:O,state:O,error:O,track:O,json:O,bytes:O,receipt:O,gpu:O,sent:O,channel:O,lost:O};function ws(i,t){switch(i.type){case"queue":return t.queue(i);case"sharing":return t.sharing({...i,until_ms:Date.now()+i.left_s*1e3});case"turn":return t.turn(i.left_s);case"progress":return t.progress(i);case"gpu":return t.gpu(i);case"output":return t.json(i.name,i.value);case"receipt":return t.receipt(i)}}var Wt=class{#t=new Map;#e={};#i=[];#s={};#n=0;#r=0;#o=0;#a;constructor(t){this.#a=t}reset(t){this.stop(),this.#t=new Map(t.map(({name:e,binding:s})=>[e,s?.kind])),this.#i=[],this.#s={},this.forget()}forget(){this.#e={}}change(t,e,s){let n=this.#t.get(e),r=Object.entries(s);if(n==="hold"||n==="axis")this.#i=[...this.#i,{seq:t,name:e,args:s}].slice(-32),r.some(([,o])=>o)?this.#e[e]=s:delete this.#e[e];else if(n==="pointer"||n==="wheel"){let o=this.#s[e]??{};this.#s[e]=Object.fromEntries(r.map(([l,c])=>[l,(o[l]??0)+Number(c)]))}else return!1;return this.#r=t,this.#l(),!0}onApplied(t){this.#i=this.#i.filter(e=>e.seq>t)}message(){return this.#o?(this.#n+=1,{type:"held",number:this.#n,seq:this.#r,held:this.#e,changes:this.#i,motion:this.#s}):null}stop(){clearInterval(this.#o),this.#o=0}#l(){clearInterval(this.#o),this.#o=setInterval(()=>this.#l(),100),this.#a(this.message())&&(this.#i=[])}};var Gt=class{connected=!1;#t;#e;#i;#s;#n={};#r=new Map;constructor(t,e,s,n){this.#s=n,this.#t=new RTCPeerConnection({iceServers:s,bundlePolicy:"max-bundle"}),this.#e=this.#t.createDataChannel("lucid"),this.#i=this.#t.createDataChannel("lucid-held",{ordered:!1,maxRetransmits:0});for(let{kind:r}of t)(r==="video"||r==="audio")&&this.#t.addTransceiver(r,{direction:"recvonly"});for(let[r,{kind:o}]of e){let l=this.#t.addTransceiver(o==="camera"?"video":"audio",{direction:"sendonly"});this.#r.set(r,l.sender)}this.#t.onconnectionstatechange=()=>{this.#t.connectionState==="connected"&&(this.connected=!0),this.#t.connectionState==="failed"&&n.failed()},this.#e.binaryType="arraybuffer",this.#e.onopen=()=>n.channel(!0),this.#e.onclose=()=>n.channel(!1),this.#e.onmessage=({data:r})=>this.#o(r),this.#i.onmessage=({data:r})=>n.applied(JSON.parse(r).seq)}get open(){return this.#e.readyState==="open"}async offer(){return await this.#t.setLocalDescription(),await Fr(this.#t),this.#t.localDescription.sdp}async accept(t,e){await this.#t.setRemoteDescription({type:"answer",sdp:t}),this.#n=e}showTracks(){let t=this.#t.getTransceivers().filter(({mid:s})=>s!==null&&s in this.#n),e=t.some(({receiver:s})=>s.track.kind==="audio");for(let{mid:s,receiver:n}of t){if(s===null)continue;(!e||n.track.kind==="audio")&&"jitterBufferTarget"in n&&(n.jitterBufferTarget=0),this.#s.track(this.#n[s],n.track)}}statistics(){return this.#t.getStats()}capture(t,e){this.#r.get(t)?.replaceTrack(e),this.send({type:"capture",name:t,on:e!==null})}send(t){this.open&&this.#e.send(JSON.stringify(t))}sendHeld(t){let{readyState:e,bufferedAmount:s}=this.#i;e==="open"&&s<1024&&this.#i.send(JSON.stringify(t))}close(){this.#e.onclose=null,this.#t.onconnectionstatechange=null,this.#t.close()}#o(t){if(typeof t!="string"){let{name:s,payload:n}=Ne(t);this.#s.bytes(s,n);return}let e=JSON.parse(t);e.type==="output"?this.#s.json(e.name,e.value):e.type==="receipt"&&this.#s.receipt(e)}};function Ne(i){let t=1+new DataView(i).getUint8(0);return{name:new TextDecoder().decode(new Uint8Array(i,1,t-1)),payload:new Uint8Array(i,t+8)}}function Fr(i){let t=new Promise(e=>{let s=()=>i.iceGatheringState==="complete"&&e();i.onicegatheringstatechange=s,s()});return Promise.race([t,new Promise(e=>setTimeout(e,3e3))])}var Wr=1e4,Gr=16*1024,Yr=1e3,Yt=class{#t;#e=0;#i=performance.now();#s=!1;#n;constructor(t,e,s,n,r){this.#n=r;let o=new URL("api/session",t),l={protocol:String(1),...e};for(let[p,f]of Object.entries(l))o.searchParams.set(p,f);let c=t.searchParams.get("token");c&&o.searchParams.set("token",c),o.protocol=o.protocol==="https:"?"wss:":"ws:",this.#t=new WebSocket(o),this.#t.binaryType="arraybuffer",this.#t.onmessage=({data:p})=>{if(this.#s)return;if(this.#r(),typeof p!="string")return n(p);let f=JSON.parse(p);f.type==="ping"?this.send({type:"pong"}):s(f)},this.#t.onclose=({reason:p})=>this.#o(p),this.#r()}get silent_ms(){return performance.now()-this.#i}send(t){this.#t.readyState===WebSocket.OPEN&&(t instanceof ArrayBuffer?this.#t.bufferedAmount<Gr&&this.#t.send(t):this.#t.send(JSON.stringify(t)))}drop(){this.#o(a`the media connection was lost`)}close(){this.#s=!0,clearTimeout(this.#e),this.#t.close(Yr)}#r(){this.#i=performance.now(),clearTimeout(this.#e),this.#e=setTimeout(()=>this.#o(a`the server stopped answering`),Wr)}#o(t){this.#s||(this.#s=!0,clearTimeout(this.#e),this.#t.close(4e3),this.#n(t))}};async function vs(i){try{let t=await fetch(new URL("api/session",i),{method:"OPTIONS"});return t.status!==403&&t.status!==421?null:{code:"connection.refused",message:(await t.text()).trim(),hint:null}}catch{return null}}function xs(i){let t=new AbortController,{signal:e}=t;return navigator.connection?.addEventListener("change",i,{signal:e}),addEventListener("online",i,{signal:e}),t}var Jr=33.333333333333336,Vr=120*1024,[Kr,Xr]=[.8,.3],$s=512,Jt=class{#t;#e;#i=document.createElement("video");#s=document.createElement("canvas");#n=Kr;#r=!1;#o;constructor(t,e,[s,n],r){this.#t=t,this.#e=r,Object.assign(this.#s,{width:s,height:n}),Object.assign(this.#i,{muted:!0,playsInline:!0,srcObject:new MediaStream([e])}),this.#i.play().catch(()=>{}),this.#o=setInterval(()=>this.#a(),Jr)}close(){clearInterval(this.#o),this.#i.srcObject=null}#a(){let{videoWidth:t,videoHeight:e}=this.#i;if(this.#r||!t)return;let{width:s,height:n}=this.#s,r=Math.max(s/t,n/e),[o,l]=[t*r,e*r];this.#s.getContext("2d")?.drawImage(this.#i,(s-o)/2,(n-l)/2,o,l);let c=performance.now();this.#r=!0,this.#s.toBlob(async p=>{p&&p.size<=Vr?this.#e(ks(this.#t,c,new Uint8Array(await p.arrayBuffer()))):this.#n=Math.max(Xr,this.#n-.1),this.#r=!1},"image/jpeg",this.#n)}},Vt=class{#t;#e;constructor(t,e,s,n){this.#t=new AudioContext({sampleRate:s}),this.#e=this.#t.createScriptProcessor($s,1,1),this.#e.onaudioprocess=({inputBuffer:r})=>{let o=Int16Array.from(r.getChannelData(0),c=>Math.round(Math.max(-1,Math.min(1,c))*32767)),l=performance.now()-1e3*$s/s;n(ks(t,l,new Uint8Array(o.buffer)))},this.#t.createMediaStreamSource(new MediaStream([e])).connect(this.#e),this.#e.connect(this.#t.destination)}close(){this.#e.onaudioprocess=null,this.#t.close()}};function ks(i,t,e){let s=new TextEncoder().encode(i),n=new Uint8Array(1+s.length+8+e.length);return n[0]=s.length,n.set(s,1),new DataView(n.buffer).setFloat64(1+s.length,t,!0),n.set(e,9+s.length),n.buffer}var Kt=class{track;#t=null;#e=document.createElement("canvas");#i=this.#e.getContext("2d");#s;#n=!1;constructor(t){this.#s=t;let e=globalThis.MediaStreamTrackGenerator;e?(this.track=new e({kind:"video"}),this.#t=this.track.writable.getWriter()):this.track=this.#e.captureStream().getVideoTracks()[0]}show(t,e){this.#s?setTimeout(()=>this.#r(t,e),this.#s):this.#r(t,e)}#r(t,e){if(this.#n)return t.close();if(!this.#t){let[s,n]=t instanceof ImageBitmap?[t.width,t.height]:[t.displayWidth,t.displayHeight];return this.#e.width!==s&&(this.#e.width=s),this.#e.height!==n&&(this.#e.height=n),this.#i?.drawImage(t,0,0),t.close()}if((this.#t.desiredSize??0)<=0)return t.close();if(t instanceof ImageBitmap)return this.#t.write(new VideoFrame(t,{timestamp:e})),t.close();this.#t.write(t)}close(){this.#n=!0,this.track.stop()}},Xt=class{#t;#e;#i;#s;#n=null;#r=-1;constructor(t,e,s,n){this.#t=t,this.#e=e,this.#i=s,this.#s=n}get track(){return this.#t.track}put(t,e,s,n){this.#r=t,s&&(this.#n??=this.#a(n));try{let r=s?"key":"delta";this.#n?.decode(new EncodedVideoChunk({type:r,timestamp:_s(e),data:n}))}catch{return this.#s()}this.#o()}close(){this.#n?.state!=="closed"&&this.#n?.close(),this.#t.close()}#o(){(this.#n?.decodeQueueSize??0)<=3&&this.#i(this.#r)}#a(t){let e=new VideoDecoder({output:n=>this.#t.show(n,n.timestamp),error:()=>this.#s()});e.ondequeue=()=>this.#o();let s=this.#e==="VP8"?"vp8":Qr(t);return e.configure({codec:s,optimizeForLatency:!0}),e}},Qt=class{#t;#e;#i=-1;constructor(t,e){this.#t=t,this.#e=e}get track(){return this.#t.track}async put(t,e,s,n){let r=new Blob([n],{type:"image/jpeg"}),o=await createImageBitmap(r).catch(()=>null);if(this.#e(t),!!o){if(t<this.#i)return o.close();this.#i=t,this.#t.show(o,_s(e))}}close(){this.#t.close()}},Zt=class{#t;#e;#i;#s=0;constructor(t,e){this.#t=new AudioContext({sampleRate:t}),this.#e=this.#t.createMediaStreamDestination(),this.#i=e}get track(){return this.#e.stream.getAudioTracks()[0]}play(t){this.#t.state==="suspended"&&this.#t.resume().catch(()=>{});let e=t.length/this.#i,s=this.#t.createBuffer(this.#i,e,this.#t.sampleRate);for(let o=0;o<this.#i;o+=1){let l=s.getChannelData(o);for(let c=0;c<e;c+=1)l[c]=t[c*this.#i+o]/32768}let n=this.#t.createBufferSource();n.buffer=s,n.connect(this.#e);let r=this.#t.currentTime;this.#s>r+.12||(this.#s<r&&(this.#s=r+.04),n.start(this.#s),this.#s+=s.duration)}close(){this.#t.close()}};function _s(i){return Math.round(i/.09)}function Qr(i){for(let t=0;t+6<i.length;t+=1)if(i[t]===0&&i[t+1]===0&&i[t+2]===1&&(i[t+3]&31)===7)return`avc1.${[...i.subarray(t+4,t+7)].map(n=>n.toString(16).padStart(2,"0")).join("")}`;return"avc1.42e01f"}var[Zr,to]=[0,1],eo=70,te=class{open=!1;#t="JPEG";#e;#i;#s;#n;#r=new Map;#o=new Map;#a=new Map;#l=0;#c=0;#d=!1;constructor(t,e,s,n,r){this.#e=t,this.#i=e,this.#s=s,this.#n=n,this.ask(r)}accept(t){this.#t=t,this.open=!0,this.#n.channel(!0)}send(t){this.open&&this.#s(t)}sendHeld(t){return this.send(t),!0}capture(t,e){let s=this.#i.get(t);this.#r.get(t)?.close(),this.#r.delete(t),s&&(this.send({type:"capture",name:t,on:e!==null}),e&&this.#r.set(t,s.kind==="camera"?new Jt(t,e,s.size,this.#s):new Vt(t,e,s.sample_rate_hz,this.#s)))}async statistics(){return new Map(Object.entries({video:{type:"inbound-rtp",kind:"video",codecId:"codec",bytesReceived:this.#l,packetsLost:0,packetsReceived:this.#c,framesReceived:this.#c},codec:{type:"codec",id:"codec",mimeType:`video/${this.#t}`}}))}receive(t){if(!this.open)return;let e=new DataView(t).getUint8(0),s=t.slice(1);if(e===Zr){let{name:o,payload:l}=Ne(s);return this.#n.bytes(o,l)}let n=1+new DataView(s).getUint8(0),r=new TextDecoder().decode(new Uint8Array(s,1,n-1));e===to?this.#u(r,s,n):this.#h(r)?.play(new Int16Array(s.slice(n)))}close(){this.open=!1,this.#d=!0;for(let t of this.#o.values())t.close();for(let t of this.#a.values())t.close();for(let t of this.#r.values())t.close();this.#r.clear(),this.#o.clear(),this.#a.clear()}async ask(t){let e=await io();this.#d||this.#s({type:"connect",codecs:e,fallback:t})}#u(t,e,s){let n=new DataView(e,s),r=n.getUint32(0,!0),o=new Uint8Array(e,s+9);this.#l+=o.length,this.#c+=1;let l=this.#o.get(t);if(!l){let c=f=>this.#s({type:"got",frame:f}),p=new Kt(this.#e.some(({kind:f})=>f==="audio")?eo:0);l=this.#t==="JPEG"?new Qt(p,c):new Xt(p,this.#t,c,()=>this.#f()),this.#o.set(t,l),this.#n.track(t,l.track)}l.put(r,n.getUint32(4,!0),n.getUint8(8)===1,o)}#h(t){let e=this.#e.find(n=>n.name===t);if(e?.kind!=="audio"||!globalThis.AudioContext)return null;let s=this.#a.get(t);return s||(s=new Zt(e.sample_rate_hz,e.channels),this.#a.set(t,s),this.#n.track(t,s.track)),s}#f(){this.open&&(this.close(),this.#d=!1,this.#s({type:"connect",codecs:["JPEG"]}))}};async function io(){let i=[["H264","avc1.42E01F"],["VP8","vp8"]],t=[];if(globalThis.VideoDecoder)for(let[e,s]of i){let{supported:n}=await VideoDecoder.isConfigSupported({codec:s}).catch(()=>({supported:!1}));n&&t.push(e)}return[...t,"JPEG"]}async function Ss(i,t,e,s,n){let r=M(i,"api","sessions",t,"files",e,s);r.searchParams.set("filename",n.name);let o={"Content-Type":n.type||"application/octet-stream"},l;try{l=await fetch(r,{method:"POST",headers:o,body:n})}catch{throw new $("upload",a`${n.name} could not be sent to the server`,a`try again`)}let c=await l.json().catch(()=>({}));if(l.ok)return c.id;let{code:p,message:f,hint:u}=c.error??{};throw new $(p??"upload",f??a`${n.name}: the server answered ${l.status}`,u)}async function Es(i){try{let t=await fetch(M(i,"api","log"));return t.ok?await t.text():""}catch{return""}}async function As(i){let t=await fetch(M(i,"api","reload"),{method:"POST"});if(t.ok)return;let{error:e}=await t.json().catch(()=>({}));throw new $(e?.code??"reload",e?.message??a`the server answered ${t.status}`,e?.hint??null)}function M(i,...t){let e=new URL(t.map(encodeURIComponent).join("/"),i),s=i.searchParams.get("token");return s&&e.searchParams.set("token",s),e}var Ts=[1,1,2,4,8,10],so=1500,no=15e3,lt=class{state="loading";hello=null;server;#t;#e;#i=null;#s=null;#n=null;#r=null;#o;#a=!1;#l=!1;#c=new AbortController;#d=new Map;#u=0;#h=new Wt(t=>this.#p?.sendHeld(t));#f=0;#b=0;#m=!1;#g=!1;constructor(t,e,s={},n="auto"){this.server=new URL(t),this.#o=n,this.#t=Object.fromEntries(Object.entries(s).filter(([,r])=>r)),this.#e={...ys,...e},this.#v()}get wireInUse(){return this.#p&&(this.#p===this.#s?"webrtc":"socket")}setWire(t){if(t!==this.#o){if(this.#o=t,t==="auto")return this.#C();this.#s?.open||this.#y(),this.#l&&this.#$()}}get silent_ms(){return this.#i?.silent_ms??0}async statistics(){return await this.#p?.statistics()??null}accepts(t){return this.hello?.role==="spectator"?!1:(this.state==="running"||this.state==="paused"&&t.paused)&&this.#p!==null}sendInput(t,e){if(!this.#p)return;let s=++this.#u;if(!this.#h.change(s,t,e)){let n=this.#h.message();n&&this.#p.send(n),this.#p.send({type:"input",seq:s,name:t,args:e})}this.#e.sent(s,t,e)}capture(t,e){e?this.#d.set(t,e):this.#d.delete(t),this.#p?.capture(t,e)}setPaused(t){this.#p?.send({type:t?"pause":"resume"})}align(t){this.#p?.send({type:"align",shift_ms:t})}step(){this.#p?.send({type:"step"})}share(t){this.#i?.send(t)}upload(t,e,s){return Ss(this.server,this.hello?.session_id??"",t,e,s)}restart(t=this.#t){this.#w(),this.#t=t,this.hello=null,this.#g=!1,this.#v()}retryNow(){this.#g||this.#v()}close(){this.#g=!0,this.state!=="failed"&&(this.state="ended"),this.#w()}get#p(){return this.#s?.open?this.#s:this.#n?.open?this.#n:null}#w(){clearTimeout(this.#b),this.#i?.close(),this.#_()}#_(){this.#h.stop(),this.#y(),this.#S(),this.#i=null,this.#l=this.#a=!1}#y(){this.#s?.close(),this.#s=this.#r=null,this.#m=!1}#S(){this.#c.abort(),this.#n?.close(),this.#n=null}#v(){if(this.#i)return;clearTimeout(this.#b);let t=this.hello?.resume_token,e=t?{resume:t}:this.#t;this.state="loading",this.#i=new Yt(this.server,e,s=>this.#P(s),s=>this.#n?.receive(s),s=>this.#O(s))}#O(t){this.#a||vs(this.server).then(s=>s&&!this.#a&&!this.#g&&this.#k(s)),this.#_(),this.state="loading",this.#e.channel(!1);let e=Ts[Math.min(this.#f,Ts.length-1)];this.#f+=1,this.#b=setTimeout(()=>this.#v(),e*1e3),this.#e.lost(t,e)}#P(t){switch(t.type){case"hello":return this.#R(t);case"state":return this.#E(t.state);case"error":return this.#L(t);case"answer":return this.#I(t);case"connected":return this.#z(t.codec);default:return ws(t,this.#e)}}#L(t){t.code==="session.unknown"&&this.hello?.resume_token&&!this.#l?this.restart():!this.#a||this.#n&&!this.#p&&t.seq===null?this.#k(t):this.#m&&t.seq===null?this.#x(this.#s):this.#e.error(t)}#R(t){if(t.protocol!==1){this.#k(gs(t.protocol));return}this.#f=0,this.#a=!0,t.resumed||(this.#u=0),this.hello=t,this.#h.reset(t.manifest.inputs),this.#o==="auto"&&this.#T(t),this.#e.hello(t)}#E(t){this.state=t,this.#e.state(t),De(t)&&!this.#l&&this.#j(),(t==="ended"||t==="failed")&&this.close()}#j(){let t=this.#i;this.#l=!0,setTimeout(()=>{t===this.#i&&!this.#p&&this.#k(ms())},no),this.#r?this.#A(this.#r):this.#$()}async#A(t){let e=this.#s;this.#r=null,this.#m=!0,setTimeout(()=>{e===this.#s&&!e?.open&&this.#$(!0)},so);try{let s=await t;e===this.#s&&this.#i?.send({type:"offer",sdp:s})}catch(s){console.warn("WebRTC is not available",s),this.#x(e)}}async#I({sdp:t,tracks:e}){let s=this.#s;this.#m=!1;try{await s?.accept(t,e),s===this.#s&&!this.#n&&s?.showTracks()}catch(n){console.warn("the answer cannot be used",n),this.#x(s)}}#T(t){if(!globalThis.RTCPeerConnection)return;let e=new Gt(t.manifest.outputs,ze(t),t.ice_servers??[],{...this.#e,channel:s=>this.#U(e,s),failed:()=>this.#x(e),applied:s=>this.#h.onApplied(s)});this.#s=e,this.#r=e.offer(),this.#r.catch(()=>{})}#U(t,e){t===this.#s&&(this.#h.forget(),e&&this.#n&&(this.#S(),t.showTracks()),e&&this.#M(),(e||!this.#n)&&this.#e.channel(e))}#x(t){if(!(!t||t!==this.#s)){if(t.connected&&!this.#n&&this.hello?.resume_token){this.#i?.drop();return}this.#y(),this.#n?.open===!1?this.#n.ask(!1):this.#l&&this.#$()}}#$(t=!1){let e=this.#i;this.#n||!e||!this.hello||(this.#n=new te(this.hello.manifest.outputs,ze(this.hello),s=>e.send(s),this.#e,t),this.#c=xs(()=>this.#C()))}#z(t){this.#n&&(this.#s?.open&&this.#y(),this.#h.forget(),this.#n.accept(t),this.#M())}#M(){for(let[t,e]of this.#d)this.#p?.capture(t,e)}#C(){!this.#n||this.#o!=="auto"||!this.hello||!De(this.state)||(this.#y(),this.#T(this.hello),this.#r&&this.#A(this.#r))}#k(t){this.#e.error(t),this.#E("failed")}};var ee=class{gpu=null;#t;#e;#i;#s=[];#n=0;#r=[];#o=[];#a=performance.now();#l=[];#c=new Map;#d=new Map;#u=new Map;#h={bytes:0,lost:0,received:0,at_ms:0};#f=performance.now();#b;constructor(t,e,s){this.#t=t,this.#e=e,this.#i=s,"requestVideoFrameCallback"in t&&this.#m(),this.#b=setInterval(()=>this.#p(),1e3)}close(){clearInterval(this.#b)}sent(t){$t(this.#c,t,performance.now())}receipt(t){this.#r.push(t.step_ms),this.#o=[...this.#o.slice(-99),t.step_ms],this.#a=performance.now(),$t(this.#d,t.rtp,t),this.#g(t.rtp)}wait(){this.#a=performance.now()}restart(){this.#c.clear(),this.#d.clear(),this.#u.clear()}#m(){this.#t.requestVideoFrameCallback((t,{expectedDisplayTime:e,rtpTimestamp:s,mediaTime:n})=>{this.#n&&this.#s.push(e-this.#n),this.#n=e;let r=s??Math.round(n*9e4);$t(this.#u,r,e),this.#g(r),this.#m()})}#g(t){let e=this.#d.get(t),s=this.#u.get(t);if(!(!e||s===void 0)){this.#d.delete(t),this.#u.delete(t);for(let[n,r]of this.#c)n>e.input_seq||r>s||(this.#c.delete(n),this.#l.push(s-r))}}async#p(){let t=performance.now(),e="requestVideoFrameCallback"in this.#t,[s,n,r]=[this.#s,this.#r,this.#l];[this.#s,this.#r,this.#l]=[[],[],[]];let o=(t-this.#f)/1e3;this.#f=t;let l=await this.#e();this.#i({fps:e?s.length/o:null,idle_ms:performance.now()-this.#a,usual_ms:xt(this.#o,.5),interval_ms:xt(s,.5),interval_p95_ms:xt(s,.95),step_ms:xt(n,.5),latency_ms:xt(r,.5),...this.#w(l,t),gpu:this.gpu,width:this.#t.videoWidth,height:this.#t.videoHeight})}#w(t,e){let s={bytes:0,lost:0,received:0,at_ms:e},[n,r]=["",null];for(let c of t?.values()??[])c.type==="inbound-rtp"&&c.kind==="video"&&(s.bytes+=c.bytesReceived,s.lost+=c.packetsLost,s.received+=c.packetsReceived,n||=t?.get(c.codecId)?.mimeType.replace("video/","")??""),c.type==="candidate-pair"&&c.nominated&&c.currentRoundTripTime!==void 0&&(r=c.currentRoundTripTime*1e3);let o=this.#h;if(this.#h=s,!t||s.bytes<o.bytes||!o.at_ms)return{bitrate_bps:null,loss:null,rtt_ms:r,codec:n};let l=s.received-o.received+s.lost-o.lost;return{bitrate_bps:(s.bytes-o.bytes)*8e3/(e-o.at_ms),loss:l>0?Math.max(0,s.lost-o.lost)/l:0,rtt_ms:r,codec:n}}};function $t(i,t,e){i.set(t,e);for(let s of i.keys()){if(i.size<=600)return;i.delete(s)}}function xt(i,t){if(!i.length)return null;let e=i.toSorted((s,n)=>s-n);return e[Math.min(e.length-1,Math.floor(t*e.length))]}function He(i){return new Promise((t,e)=>{i.oncomplete=i.onsuccess=()=>t(i.result),i.onabort=i.onerror=()=>e(i.error)})}function ro(i,t){let e,s=()=>{if(e)return e;let n=indexedDB.open(i);return n.onupgradeneeded=()=>n.result.createObjectStore(t),e=He(n),e.then(r=>{r.onclose=()=>e=void 0},()=>{e=void 0}),e};return(n,r)=>s().then(o=>r(o.transaction(t,n).objectStore(t)))}var Be;function Ms(){return Be||(Be=ro("keyval-store","keyval")),Be}function ie(i,t=Ms()){return t("readonly",e=>He(e.get(i)))}function kt(i,t,e=Ms()){return e("readwrite",s=>(s.put(t,i),He(s.transaction)))}function qe(){return{scaling:"smooth",sensitivity:1,invertY:!1,bindings:null,overlay:!0,panel:!0,tcp:!1,prompts:[],seeds:[]}}async function Cs(i){let t=await Os(()=>ie(Ps(i)));return{...qe(),...t}}async function Fe(i,t){await Os(()=>kt(Ps(i),t))}async function Os(i){try{return await i()}catch{return}}function Ps(i){return`lucid:${i}`}var se=class{shots=[];branches=[];#t;#e="";#i=-1;constructor(t,e){this.#t=setInterval(()=>e()&&this.#n(t),1e3)}receipt({output:t,index:e}){this.#e||=t,t===this.#e&&(this.#i=e)}close(){clearInterval(this.#t),this.clear()}clear(){this.#s([],[])}goTo(t,e,s=this.shots){let n=this.branches;this.#s(s.filter(r=>r.frame<=e),t.map(r=>({...r,shots:n.find(({number:o})=>o===r.number)?.shots??this.shots})))}#s(t,e){let s=new Set([t,...e.map(n=>n.shots)].flat());for(let n of[this.shots,...this.branches.map(r=>r.shots)].flat())s.has(n)||URL.revokeObjectURL(n.url);[this.shots,this.branches]=[t,e]}async#n(t){if(document.hidden||!t.videoWidth)return;let e=this.#i,s=new OffscreenCanvas(t.videoWidth,t.videoHeight);s.getContext("2d")?.drawImage(t,0,0);let n=await s.convertToBlob({type:"image/jpeg",quality:.85}),r={at:new Date,blob:n,frame:e,url:URL.createObjectURL(n)};this.#s([...this.shots,r].slice(-600),this.branches)}};var ne=globalThis,Ke=ne.ShadowRoot&&(ne.ShadyCSS===void 0||ne.ShadyCSS.nativeShadow)&&"adoptedStyleSheets"in Document.prototype&&"replace"in CSSStyleSheet.prototype,Xe=Symbol(),Ls=new WeakMap,Ys=class{constructor(i,t,e){if(this._$cssResult$=!0,e!==Xe)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=i,this.t=t}get styleSheet(){let i=this.o,t=this.t;if(Ke&&i===void 0){let e=t!==void 0&&t.length===1;e&&(i=Ls.get(t)),i===void 0&&((this.o=i=new CSSStyleSheet).replaceSync(this.cssText),e&&Ls.set(t,i))}return i}toString(){return this.cssText}},Qe=i=>new Ys(typeof i=="string"?i:i+"",void 0,Xe),K=(i,...t)=>{let e=i.length===1?i[0]:t.reduce((s,n,r)=>s+(o=>{if(o._$cssResult$===!0)return o.cssText;if(typeof o=="number")return o;throw Error("Value passed to 'css' function must be a 'css' function result: "+o+". Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.")})(n)+i[r+1],i[0]);return new Ys(e,i,Xe)},ao=(i,t)=>{if(Ke)i.adoptedStyleSheets=t.map(e=>e instanceof CSSStyleSheet?e:e.styleSheet);else for(let e of t){let s=document.createElement("style"),n=ne.litNonce;n!==void 0&&s.setAttribute("nonce",n),s.textContent=e.cssText,i.appendChild(s)}},Rs=Ke?i=>i:i=>i instanceof CSSStyleSheet?(t=>{let e="";for(let s of t.cssRules)e+=s.cssText;return Qe(e)})(i):i,{is:lo,defineProperty:co,getOwnPropertyDescriptor:ho,getOwnPropertyNames:po,getOwnPropertySymbols:uo,getPrototypeOf:fo}=Object,ae=globalThis,js=ae.trustedTypes,mo=js?js.emptyScript:"",go=ae.reactiveElementPolyfillSupport,Et=(i,t)=>i,Je={toAttribute(i,t){switch(t){case Boolean:i=i?mo:null;break;case Object:case Array:i=i==null?i:JSON.stringify(i)}return i},fromAttribute(i,t){let e=i;switch(t){case Boolean:e=i!==null;break;case Number:e=i===null?null:Number(i);break;case Object:case Array:try{e=JSON.parse(i)}catch{e=null}}return e}},Js=(i,t)=>!lo(i,t),Is={attribute:!0,type:String,converter:Je,reflect:!1,useDefault:!1,hasChanged:Js};Symbol.metadata??=Symbol("metadata"),ae.litPropertyMetadata??=new WeakMap;var ct=class extends HTMLElement{static addInitializer(i){this._$Ei(),(this.l??=[]).push(i)}static get observedAttributes(){return this.finalize(),this._$Eh&&[...this._$Eh.keys()]}static createProperty(i,t=Is){if(t.state&&(t.attribute=!1),this._$Ei(),this.prototype.hasOwnProperty(i)&&((t=Object.create(t)).wrapped=!0),this.elementProperties.set(i,t),!t.noAccessor){let e=Symbol(),s=this.getPropertyDescriptor(i,e,t);s!==void 0&&co(this.prototype,i,s)}}static getPropertyDescriptor(i,t,e){let{get:s,set:n}=ho(this.prototype,i)??{get(){return this[t]},set(r){this[t]=r}};return{get:s,set(r){let o=s?.call(this);n?.call(this,r),this.requestUpdate(i,o,e)},configurable:!0,enumerable:!0}}static getPropertyOptions(i){return this.elementProperties.get(i)??Is}static _$Ei(){if(this.hasOwnProperty(Et("elementProperties")))return;let i=fo(this);i.finalize(),i.l!==void 0&&(this.l=[...i.l]),this.elementProperties=new Map(i.elementProperties)}static finalize(){if(this.hasOwnProperty(Et("finalized")))return;if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(Et("properties"))){let t=this.properties,e=[...po(t),...uo(t)];for(let s of e)this.createProperty(s,t[s])}let i=this[Symbol.metadata];if(i!==null){let t=litPropertyMetadata.get(i);if(t!==void 0)for(let[e,s]of t)this.elementProperties.set(e,s)}this._$Eh=new Map;for(let[t,e]of this.elementProperties){let s=this._$Eu(t,e);s!==void 0&&this._$Eh.set(s,t)}this.elementStyles=this.finalizeStyles(this.styles)}static finalizeStyles(i){let t=[];if(Array.isArray(i)){let e=new Set(i.flat(1/0).reverse());for(let s of e)t.unshift(Rs(s))}else i!==void 0&&t.push(Rs(i));return t}static _$Eu(i,t){let e=t.attribute;return e===!1?void 0:typeof e=="string"?e:typeof i=="string"?i.toLowerCase():void 0}constructor(){super(),this._$Ep=void 0,this.isUpdatePending=!1,this.hasUpdated=!1,this._$Em=null,this._$Ev()}_$Ev(){this._$ES=new Promise(i=>this.enableUpdating=i),this._$AL=new Map,this._$E_(),this.requestUpdate(),this.constructor.l?.forEach(i=>i(this))}addController(i){(this._$EO??=new Set).add(i),this.renderRoot!==void 0&&this.isConnected&&i.hostConnected?.()}removeController(i){this._$EO?.delete(i)}_$E_(){let i=new Map,t=this.constructor.elementProperties;for(let e of t.keys())this.hasOwnProperty(e)&&(i.set(e,this[e]),delete this[e]);i.size>0&&(this._$Ep=i)}createRenderRoot(){let i=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions);return ao(i,this.constructor.elementStyles),i}connectedCallback(){this.renderRoot??=this.createRenderRoot(),this.enableUpdating(!0),this._$EO?.forEach(i=>i.hostConnected?.())}enableUpdating(i){}disconnectedCallback(){this._$EO?.forEach(i=>i.hostDisconnected?.())}attributeChangedCallback(i,t,e){this._$AK(i,e)}_$ET(i,t){let e=this.constructor.elementProperties.get(i),s=this.constructor._$Eu(i,e);if(s!==void 0&&e.reflect===!0){let n=(e.converter?.toAttribute!==void 0?e.converter:Je).toAttribute(t,e.type);this._$Em=i,n==null?this.removeAttribute(s):this.setAttribute(s,n),this._$Em=null}}_$AK(i,t){let e=this.constructor,s=e._$Eh.get(i);if(s!==void 0&&this._$Em!==s){let n=e.getPropertyOptions(s),r=typeof n.converter=="function"?{fromAttribute:n.converter}:n.converter?.fromAttribute!==void 0?n.converter:Je;this._$Em=s;let o=r.fromAttribute(t,n.type);this[s]=o??this._$Ej?.get(s)??o,this._$Em=null}}requestUpdate(i,t,e,s=!1,n){if(i!==void 0){let r=this.constructor;if(s===!1&&(n=this[i]),e??=r.getPropertyOptions(i),!((e.hasChanged??Js)(n,t)||e.useDefault&&e.reflect&&n===this._$Ej?.get(i)&&!this.hasAttribute(r._$Eu(i,e))))return;this.C(i,t,e)}this.isUpdatePending===!1&&(this._$ES=this._$EP())}C(i,t,{useDefault:e,reflect:s,wrapped:n},r){e&&!(this._$Ej??=new Map).has(i)&&(this._$Ej.set(i,r??t??this[i]),n!==!0||r!==void 0)||(this._$AL.has(i)||(this.hasUpdated||e||(t=void 0),this._$AL.set(i,t)),s===!0&&this._$Em!==i&&(this._$Eq??=new Set).add(i))}async _$EP(){this.isUpdatePending=!0;try{await this._$ES}catch(t){Promise.reject(t)}let i=this.scheduleUpdate();return i!=null&&await i,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}performUpdate(){if(!this.isUpdatePending)return;if(!this.hasUpdated){if(this.renderRoot??=this.createRenderRoot(),this._$Ep){for(let[s,n]of this._$Ep)this[s]=n;this._$Ep=void 0}let e=this.constructor.elementProperties;if(e.size>0)for(let[s,n]of e){let{wrapped:r}=n,o=this[s];r!==!0||this._$AL.has(s)||o===void 0||this.C(s,void 0,n,o)}}let i=!1,t=this._$AL;try{i=this.shouldUpdate(t),i?(this.willUpdate(t),this._$EO?.forEach(e=>e.hostUpdate?.()),this.update(t)):this._$EM()}catch(e){throw i=!1,this._$EM(),e}i&&this._$AE(t)}willUpdate(i){}_$AE(i){this._$EO?.forEach(t=>t.hostUpdated?.()),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(i)),this.updated(i)}_$EM(){this._$AL=new Map,this.isUpdatePending=!1}get updateComplete(){return this.getUpdateComplete()}getUpdateComplete(){return this._$ES}shouldUpdate(i){return!0}update(i){this._$Eq&&=this._$Eq.forEach(t=>this._$ET(t,this[t])),this._$EM()}updated(i){}firstUpdated(i){}};ct.elementStyles=[],ct.shadowRootOptions={mode:"open"},ct[Et("elementProperties")]=new Map,ct[Et("finalized")]=new Map,go?.({ReactiveElement:ct}),(ae.reactiveElementVersions??=[]).push("2.1.2");var Ze=globalThis,Us=i=>i,re=Ze.trustedTypes,zs=re?re.createPolicy("lit-html",{createHTML:i=>i}):void 0,ti="$lit$",H=`lit$${Math.random().toFixed(9).slice(2)}$`,ei="?"+H,bo=`<${ei}>`,ot=document,Tt=()=>ot.createComment(""),Mt=i=>i===null||typeof i!="object"&&typeof i!="function",ii=Array.isArray,Vs=i=>ii(i)||typeof i?.[Symbol.iterator]=="function",We=`[ 	
\f\r]`,_t=/<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g,Ds=/-->/g,Ns=/>/g,st=RegExp(`>|${We}(?:([^\\s"'>=/]+)(${We}*=${We}*(?:[^ 	
\f\r"'\`<>=]|("|')|))|$)`,"g"),Bs=/'/g,Hs=/"/g,Ks=/^(?:script|style|textarea|title)$/i,si=i=>(t,...e)=>({_$litType$:i,strings:t,values:e}),d=si(1),v=si(2),Jl=si(3),I=Symbol.for("lit-noChange"),h=Symbol.for("lit-nothing"),qs=new WeakMap,rt=ot.createTreeWalker(ot,129);function Xs(i,t){if(!ii(i)||!i.hasOwnProperty("raw"))throw Error("invalid template strings array");return zs!==void 0?zs.createHTML(t):t}var Qs=(i,t)=>{let e=i.length-1,s=[],n,r=t===2?"<svg>":t===3?"<math>":"",o=_t;for(let l=0;l<e;l++){let c=i[l],p,f,u=-1,m=0;for(;m<c.length&&(o.lastIndex=m,f=o.exec(c),f!==null);)m=o.lastIndex,o===_t?f[1]==="!--"?o=Ds:f[1]!==void 0?o=Ns:f[2]!==void 0?(Ks.test(f[2])&&(n=RegExp("</"+f[2],"g")),o=st):f[3]!==void 0&&(o=st):o===st?f[0]===">"?(o=n??_t,u=-1):f[1]===void 0?u=-2:(u=o.lastIndex-f[2].length,p=f[1],o=f[3]===void 0?st:f[3]==='"'?Hs:Bs):o===Hs||o===Bs?o=st:o===Ds||o===Ns?o=_t:(o=st,n=void 0);let g=o===st&&i[l+1].startsWith("/>")?" ":"";r+=o===_t?c+bo:u>=0?(s.push(p),c.slice(0,u)+ti+c.slice(u)+H+g):c+H+(u===-2?l:g)}return[Xs(i,r+(i[e]||"<?>")+(t===2?"</svg>":t===3?"</math>":"")),s]},Ve=class Zs{constructor({strings:t,_$litType$:e},s){let n;this.parts=[];let r=0,o=0,l=t.length-1,c=this.parts,[p,f]=Qs(t,e);if(this.el=Zs.createElement(p,s),rt.currentNode=this.el.content,e===2||e===3){let u=this.el.content.firstChild;u.replaceWith(...u.childNodes)}for(;(n=rt.nextNode())!==null&&c.length<l;){if(n.nodeType===1){if(n.hasAttributes())for(let u of n.getAttributeNames())if(u.endsWith(ti)){let m=f[o++],g=n.getAttribute(u).split(H),w=/([.?@])?(.*)/.exec(m);c.push({type:1,index:r,name:w[2],strings:g,ctor:w[1]==="."?sn:w[1]==="?"?nn:w[1]==="@"?rn:Ct}),n.removeAttribute(u)}else u.startsWith(H)&&(c.push({type:6,index:r}),n.removeAttribute(u));if(Ks.test(n.tagName)){let u=n.textContent.split(H),m=u.length-1;if(m>0){n.textContent=re?re.emptyScript:"";for(let g=0;g<m;g++)n.append(u[g],Tt()),rt.nextNode(),c.push({type:2,index:++r});n.append(u[m],Tt())}}}else if(n.nodeType===8)if(n.data===ei)c.push({type:2,index:r});else{let u=-1;for(;(u=n.data.indexOf(H,u+1))!==-1;)c.push({type:7,index:r}),u+=H.length-1}r++}}static createElement(t,e){let s=ot.createElement("template");return s.innerHTML=t,s}};function at(i,t,e=i,s){if(t===I)return t;let n=s!==void 0?e._$Co?.[s]:e._$Cl,r=Mt(t)?void 0:t._$litDirective$;return n?.constructor!==r&&(n?._$AO?.(!1),r===void 0?n=void 0:(n=new r(i),n._$AT(i,e,s)),s!==void 0?(e._$Co??=[])[s]=n:e._$Cl=n),n!==void 0&&(t=at(i,n._$AS(i,t.values),n,s)),t}var tn=class{constructor(i,t){this._$AV=[],this._$AN=void 0,this._$AD=i,this._$AM=t}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(i){let{el:{content:t},parts:e}=this._$AD,s=(i?.creationScope??ot).importNode(t,!0);rt.currentNode=s;let n=rt.nextNode(),r=0,o=0,l=e[0];for(;l!==void 0;){if(r===l.index){let c;l.type===2?c=new le(n,n.nextSibling,this,i):l.type===1?c=new l.ctor(n,l.name,l.strings,this,i):l.type===6&&(c=new on(n,this,i)),this._$AV.push(c),l=e[++o]}r!==l?.index&&(n=rt.nextNode(),r++)}return rt.currentNode=ot,s}p(i){let t=0;for(let e of this._$AV)e!==void 0&&(e.strings!==void 0?(e._$AI(i,e,t),t+=e.strings.length-2):e._$AI(i[t])),t++}},le=class en{get _$AU(){return this._$AM?._$AU??this._$Cv}constructor(t,e,s,n){this.type=2,this._$AH=h,this._$AN=void 0,this._$AA=t,this._$AB=e,this._$AM=s,this.options=n,this._$Cv=n?.isConnected??!0}get parentNode(){let t=this._$AA.parentNode,e=this._$AM;return e!==void 0&&t?.nodeType===11&&(t=e.parentNode),t}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(t,e=this){t=at(this,t,e),Mt(t)?t===h||t==null||t===""?(this._$AH!==h&&this._$AR(),this._$AH=h):t!==this._$AH&&t!==I&&this._(t):t._$litType$!==void 0?this.$(t):t.nodeType!==void 0?this.T(t):Vs(t)?this.k(t):this._(t)}O(t){return this._$AA.parentNode.insertBefore(t,this._$AB)}T(t){this._$AH!==t&&(this._$AR(),this._$AH=this.O(t))}_(t){this._$AH!==h&&Mt(this._$AH)?this._$AA.nextSibling.data=t:this.T(ot.createTextNode(t)),this._$AH=t}$(t){let{values:e,_$litType$:s}=t,n=typeof s=="number"?this._$AC(t):(s.el===void 0&&(s.el=Ve.createElement(Xs(s.h,s.h[0]),this.options)),s);if(this._$AH?._$AD===n)this._$AH.p(e);else{let r=new tn(n,this),o=r.u(this.options);r.p(e),this.T(o),this._$AH=r}}_$AC(t){let e=qs.get(t.strings);return e===void 0&&qs.set(t.strings,e=new Ve(t)),e}k(t){ii(this._$AH)||(this._$AH=[],this._$AR());let e=this._$AH,s,n=0;for(let r of t)n===e.length?e.push(s=new en(this.O(Tt()),this.O(Tt()),this,this.options)):s=e[n],s._$AI(r),n++;n<e.length&&(this._$AR(s&&s._$AB.nextSibling,n),e.length=n)}_$AR(t=this._$AA.nextSibling,e){for(this._$AP?.(!1,!0,e);t!==this._$AB;){let s=Us(t).nextSibling;Us(t).remove(),t=s}}setConnected(t){this._$AM===void 0&&(this._$Cv=t,this._$AP?.(t))}},Ct=class{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(i,t,e,s,n){this.type=1,this._$AH=h,this._$AN=void 0,this.element=i,this.name=t,this._$AM=s,this.options=n,e.length>2||e[0]!==""||e[1]!==""?(this._$AH=Array(e.length-1).fill(new String),this.strings=e):this._$AH=h}_$AI(i,t=this,e,s){let n=this.strings,r=!1;if(n===void 0)i=at(this,i,t,0),r=!Mt(i)||i!==this._$AH&&i!==I,r&&(this._$AH=i);else{let o=i,l,c;for(i=n[0],l=0;l<n.length-1;l++)c=at(this,o[e+l],t,l),c===I&&(c=this._$AH[l]),r||=!Mt(c)||c!==this._$AH[l],c===h?i=h:i!==h&&(i+=(c??"")+n[l+1]),this._$AH[l]=c}r&&!s&&this.j(i)}j(i){i===h?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,i??"")}},sn=class extends Ct{constructor(){super(...arguments),this.type=3}j(i){this.element[this.name]=i===h?void 0:i}},nn=class extends Ct{constructor(){super(...arguments),this.type=4}j(i){this.element.toggleAttribute(this.name,!!i&&i!==h)}},rn=class extends Ct{constructor(i,t,e,s,n){super(i,t,e,s,n),this.type=5}_$AI(i,t=this){if((i=at(this,i,t,0)??h)===I)return;let e=this._$AH,s=i===h&&e!==h||i.capture!==e.capture||i.once!==e.once||i.passive!==e.passive,n=i!==h&&(e===h||s);s&&this.element.removeEventListener(this.name,this,e),n&&this.element.addEventListener(this.name,this,i),this._$AH=i}handleEvent(i){typeof this._$AH=="function"?this._$AH.call(this.options?.host??this.element,i):this._$AH.handleEvent(i)}},on=class{constructor(i,t,e){this.element=i,this.type=6,this._$AN=void 0,this._$AM=t,this.options=e}get _$AU(){return this._$AM._$AU}_$AI(i){at(this,i)}},yo={M:ti,P:H,A:ei,C:1,L:Qs,R:tn,D:Vs,V:at,I:le,H:Ct,N:nn,U:rn,B:sn,F:on},wo=Ze.litHtmlPolyfillSupport;wo?.(Ve,le),(Ze.litHtmlVersions??=[]).push("3.3.3");var vo=(i,t,e)=>{let s=e?.renderBefore??t,n=s._$litPart$;if(n===void 0){let r=e?.renderBefore??null;s._$litPart$=n=new le(t.insertBefore(Tt(),r),r,void 0,e??{})}return n._$AI(i),n},ni=globalThis,V=class extends ct{constructor(){super(...arguments),this.renderOptions={host:this},this._$Do=void 0}createRenderRoot(){let i=super.createRenderRoot();return this.renderOptions.renderBefore??=i.firstChild,i}update(i){let t=this.render();this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),super.update(i),this._$Do=vo(t,this.renderRoot,this.renderOptions)}connectedCallback(){super.connectedCallback(),this._$Do?.setConnected(!0)}disconnectedCallback(){super.disconnectedCallback(),this._$Do?.setConnected(!1)}render(){return I}};V._$litElement$=!0,V.finalized=!0,ni.litElementHydrateSupport?.({LitElement:V});var xo=ni.litElementPolyfillSupport;xo?.({LitElement:V});(ni.litElementVersions??=[]).push("4.2.2");var{I:$o}=yo,Fs=i=>i,an=i=>i.strings===void 0,Ws=()=>document.createComment(""),St=(i,t,e)=>{let s=i._$AA.parentNode,n=t===void 0?i._$AB:t._$AA;if(e===void 0){let r=s.insertBefore(Ws(),n),o=s.insertBefore(Ws(),n);e=new $o(r,o,i,i.options)}else{let r=e._$AB.nextSibling,o=e._$AM,l=o!==i;if(l){let c;e._$AQ?.(i),e._$AM=i,e._$AP!==void 0&&(c=i._$AU)!==o._$AU&&e._$AP(c)}if(r!==n||l){let c=e._$AA;for(;c!==r;){let p=Fs(c).nextSibling;Fs(s).insertBefore(c,n),c=p}}}return e},nt=(i,t,e=i)=>(i._$AI(t,e),i),ko={},ri=(i,t=ko)=>i._$AH=t,_o=i=>i._$AH,Ge=i=>{i._$AR(),i._$AA.remove()},J={ATTRIBUTE:1,CHILD:2,PROPERTY:3,BOOLEAN_ATTRIBUTE:4,EVENT:5,ELEMENT:6},ce=i=>(...t)=>({_$litDirective$:i,values:t}),de=class{constructor(i){}get _$AU(){return this._$AM._$AU}_$AT(i,t,e){this._$Ct=i,this._$AM=t,this._$Ci=e}_$AS(i,t){return this.update(i,t)}update(i,t){return this.render(...t)}},At=(i,t)=>{let e=i._$AN;if(e===void 0)return!1;for(let s of e)s._$AO?.(t,!1),At(s,t);return!0},oe=i=>{let t,e;do{if((t=i._$AM)===void 0)break;e=t._$AN,e.delete(i),i=t}while(e?.size===0)},ln=i=>{for(let t;t=i._$AM;i=t){let e=t._$AN;if(e===void 0)t._$AN=e=new Set;else if(e.has(i))break;e.add(i),Ao(t)}};function So(i){this._$AN!==void 0?(oe(this),this._$AM=i,ln(this)):this._$AM=i}function Eo(i,t=!1,e=0){let s=this._$AH,n=this._$AN;if(n!==void 0&&n.size!==0)if(t)if(Array.isArray(s))for(let r=e;r<s.length;r++)At(s[r],!1),oe(s[r]);else s!=null&&(At(s,!1),oe(s));else At(this,i)}var Ao=i=>{i.type==J.CHILD&&(i._$AP??=Eo,i._$AQ??=So)},To=class extends de{constructor(){super(...arguments),this._$AN=void 0}_$AT(i,t,e){super._$AT(i,t,e),ln(this),this.isConnected=i._$AU}_$AO(i,t=!0){i!==this.isConnected&&(this.isConnected=i,i?this.reconnected?.():this.disconnected?.()),t&&(At(this,i),oe(this))}setValue(i){if(an(this._$Ct))this._$Ct._$AI(i,this);else{let t=[...this._$Ct._$AH];t[this._$Ci]=i,this._$Ct._$AI(t,this,0)}}disconnected(){}reconnected(){}};var Ye=new WeakMap,Vl=ce(class extends To{render(i){return h}update(i,[t]){let e=t!==this.G;return e&&this.rt(void 0),(e||this.lt!==this.ct)&&(this.G=t,this.ht=i.options?.host,this.rt(this.ct=i.element)),h}rt(i){if(this.G!==void 0)if(this.isConnected||(i=void 0),typeof this.G=="function"){let t=this.ht??globalThis,e=Ye.get(t);e===void 0&&(e=new WeakMap,Ye.set(t,e)),e.get(this.G)!==void 0&&this.G.call(this.ht,void 0),e.set(this.G,i),i!==void 0&&this.G.call(this.ht,i)}else this.G.value=i}get lt(){return typeof this.G=="function"?Ye.get(this.ht??globalThis)?.get(this.G):this.G?.value}disconnected(){this.lt===this.ct&&this.rt(void 0)}reconnected(){this.rt(this.ct)}}),Gs=(i,t,e)=>{let s=new Map;for(let n=t;n<=e;n++)s.set(i[n],n);return s},oi=ce(class extends de{constructor(i){if(super(i),i.type!==J.CHILD)throw Error("repeat() can only be used in text expressions")}dt(i,t,e){let s;e===void 0?e=t:t!==void 0&&(s=t);let n=[],r=[],o=0;for(let l of i)n[o]=s?s(l,o):o,r[o]=e(l,o),o++;return{values:r,keys:n}}render(i,t,e){return this.dt(i,t,e).values}update(i,[t,e,s]){let n=_o(i),{values:r,keys:o}=this.dt(t,e,s);if(!Array.isArray(n))return this.ut=o,r;let l=this.ut??=[],c=[],p,f,u=0,m=n.length-1,g=0,w=r.length-1;for(;u<=m&&g<=w;)if(n[u]===null)u++;else if(n[m]===null)m--;else if(l[u]===o[g])c[g]=nt(n[u],r[g]),u++,g++;else if(l[m]===o[w])c[w]=nt(n[m],r[w]),m--,w--;else if(l[u]===o[w])c[w]=nt(n[u],r[w]),St(i,c[w+1],n[u]),u++,w--;else if(l[m]===o[g])c[g]=nt(n[m],r[g]),St(i,n[u],n[m]),m--,g++;else if(p===void 0&&(p=Gs(o,g,w),f=Gs(l,u,m)),p.has(l[u]))if(p.has(l[m])){let k=f.get(o[g]),P=k!==void 0?n[k]:null;if(P===null){let z=St(i,n[u]);nt(z,r[g]),c[g]=z}else c[g]=nt(P,r[g]),St(i,n[u],P),n[k]=null;g++}else Ge(n[m]),m--;else Ge(n[u]),u++;for(;g<=w;){let k=St(i,c[w+1]);nt(k,r[g]),c[g++]=k}for(;u<=m;){let k=n[u++];k!==null&&Ge(k)}return this.ut=o,ri(i,c),I}}),Kl=ce(class extends de{constructor(i){if(super(i),i.type!==J.PROPERTY&&i.type!==J.ATTRIBUTE&&i.type!==J.BOOLEAN_ATTRIBUTE)throw Error("The `live` directive is not allowed on child or event bindings");if(!an(i))throw Error("`live` bindings can only contain a single expression")}render(i){return i}update(i,[t]){if(t===I||t===h)return t;let e=i.element,s=i.name;if(i.type===J.PROPERTY){if(t===e[s])return I}else if(i.type===J.BOOLEAN_ATTRIBUTE){if(!!t===e.hasAttribute(s))return I}else if(i.type===J.ATTRIBUTE&&e.getAttribute(s)===t+"")return I;return ri(i),t}}),Xl=ce(class extends de{constructor(){super(...arguments),this.key=h}render(i,t){return this.key=i,t}update(i,[t,e]){return t!==this.key&&(ri(i),this.key=t),e}});var Mo=.95,Co="#ffffff";async function he(i,t){let e=!t.mime_types.length||t.mime_types.includes(i.type),s=t.kind==="image"?e&&!t.size:e;if(t.kind==="image"&&!(s&&i.size<=t.max_bytes))return Oo(i,t);if(!s)throw new $("input.upload",a`${i.name}: ${i.type||"?"} is not accepted`,a`choose one of these types: ${t.mime_types.join(", ")}`);if(i.size>t.max_bytes)throw cn(i.name,i.size,t);return i}async function Oo(i,t){let e=await createImageBitmap(i).catch(()=>{throw new $("input.upload",a`this browser cannot read ${i.name} as an image`,a`choose a PNG, JPEG or WebP file`)}),s=Po(e,t.size??[e.width,e.height]);e.close();let n=t.mime_types.length?t.mime_types:["image/png","image/jpeg"],r=1/0;for(let o of["image/png","image/jpeg","image/webp"]){if(!n.includes(o))continue;let l=await Lo(s,o);if(l?.type===o){if(l.size<=t.max_bytes)return new File([l],Ro(i.name,o),{type:o});r=Math.min(r,l.size)}}throw r<1/0?cn(i.name,r,t):new $("input.upload",a`${i.name}: this browser cannot write ${n.join(", ")}`)}function Po(i,[t,e]){let s=document.createElement("canvas");[s.width,s.height]=[t,e];let n=Math.max(t/i.width,e/i.height),[r,o]=[i.width*n,i.height*n],l=s.getContext("2d");return l.imageSmoothingQuality="high",l.fillStyle=Co,l.fillRect(0,0,t,e),l.drawImage(i,(t-r)/2,(e-o)/2,r,o),s}function Lo(i,t){return new Promise(e=>i.toBlob(e,t,Mo))}function Ro(i,t){return`${i.replace(/\.[^.]*$/,"")}.${t.replace("image/","")}`}function cn(i,t,e){return new $("input.upload",a`${i} is too large: ${it(t)}`,a`choose a file of at most ${it(e.max_bytes)}`)}function X(i){for(let t of i){let e=t.binding?[]:Y(t.arguments),s=e.find(({schema:n})=>n.file?.kind==="image");if(s&&e.every(n=>n===s||!n.required))return{spec:t,argument:s}}return null}function Ot(i,t,e,s){return M(i,"api","gallery",t,e,s).href}async function dn(i,{inputs:t}){for(let[e,s]of Object.entries(t)){let n=i.hello?.manifest.inputs.find(o=>o.name===e),r={...s};for(let{name:o,schema:l}of n?Y(n.arguments):[]){if(!l.file||!r[o])continue;let c=await jo(i.server,e,o,r[o]);r[o]=await i.upload(e,o,await he(c,l.file))}i.sendInput(e,r)}}async function jo(i,t,e,s){if(s instanceof File)return s;if(s instanceof Blob)return new File([s],"picture",{type:s.type});let n=String(s),r=await fetch(Ot(i,t,e,n));if(!r.ok)throw new $("gallery",a`${n}: the server answered ${r.status}`);let o=await r.blob();return new File([o],n,{type:o.type})}function pn(){return{state:"connecting",hello:null,sharing:null,position:0,wait_ends_ms:null,turn_ends_ms:null,stages:[],error:null,retry_s:0,lost_ms:null,pictured:!1,went_back_ms:null,open:!1,locked:!1,device:"keyboard",held:{},kept:qe(),figures:null,silent_ms:0,wire:null,measuring:!1,notices:[],log:"",dialog:null,compared:null,film:!1,prompt:"",recording:null,fullscreen:!1,room:"wide",sheet:null,first:!0,start:null,tips:!0,muted:null,capturing:[]}}var hn=i=>({connecting:a`Connecting`,queued:a`In queue`,disconnected:a`Reconnecting`,loading:a`Loading`,ready:a`Starting`,running:a`Live`,paused:a`Paused`,ending:a`Ending`,ended:a`Ended`,failed:a`Failed`})[i];function pe(i){let{state:t,position:e,stages:s,hello:n}=i,r=hn(t),o=s.at(-1);return t==="queued"?`${r}: ${e}`:t==="loading"&&o?`${r}: ${Io(o)}`:Pt(i)!==null?a`Thinking`:dt(i)?hn("disconnected"):t==="running"&&n?.role==="spectator"?a`Watching`:r}function Io({name:i,fraction:t}){return t===null?T(i):`${T(i)} ${Math.floor(t*100)} %`}function un(i,{stage:t,fraction:e,last_s:s},n){let r=i.at(-1);return r?.name===t?[...i.slice(0,-1),{...r,fraction:e}]:[...i.map(l=>({...l,until_ms:l.until_ms??n})),{name:t,fraction:e,since_ms:n,until_ms:null,last_s:s}]}var Uo=2e3,fn=6e3;function Pt({state:i,open:t,figures:e,silent_ms:s}){if(i!=="running"||!t||s>fn)return null;let n=e?.idle_ms??0;return n<Uo?null:Math.round(n/1e3)}var zo=5e3;function mn({went_back_ms:i,figures:t}){return i!==null&&performance.now()-(t?.idle_ms??0)<i+zo}var Do=6e3;function dt({state:i,lost_ms:t,pictured:e}){return t!==null&&e&&performance.now()-t<Do&&(i==="disconnected"||i==="running"||i==="paused")}function gn({state:i,open:t,silent_ms:e}){return i==="running"&&t&&e>fn}function bn(i,t){return t<=480&&i>t?"low":i<860?"tall":"wide"}function ht(i){let t=N(i)?i.hello?.manifest.inputs??[]:[],e=fe(i);return t.filter(s=>!s.binding&&(s!==e||Y(s.arguments).length>0))}function ue(i){return ht(i).filter(t=>Y(t.arguments).some(e=>e.schema.file?.kind==="image"||qt(e)))}function fe({hello:i}){return i?.manifest.inputs.find(({name:t,arguments:{required:e=[]}})=>t==="reset"&&e.length===0)}function me(i){return S(i)&&i.open&&(i.hello?.role==="player"||fe(i)!==void 0)}function ai({hello:i}){let t=i?.manifest.outputs??[],e=t.find(({kind:s})=>s==="video");return t.filter(s=>s!==e&&s.kind!=="audio")}function ge(i){return ht(i).length+ai(i).length>0}function q(i){let{room:t,sheet:e,kept:s}=i;return ge(i)&&(t==="wide"?s.panel:e??t==="tall")}function N(i){return i.hello!==null&&i.hello.role!=="spectator"}function S({state:i}){return i==="running"||i==="paused"}function li(i){return i===null?null:performance.now()+i*1e3}async function F(i,t){let{session:e,view:s}=i,n=S(s)&&s.open;i.set({start:n?null:t,first:!1});try{e&&n&&await dn(e,t)}catch(r){i.report(r,Object.keys(t.inputs)[0])}}function ci(i){let{start:t,open:e}=i.view;t&&S(i.view)&&e&&F(i,t)}function yn(i,t){let e=(i.hello?.manifest.inputs??[]).filter(({binding:p})=>p),s=t.controls?.bound??[],n=(p,f,u)=>s.filter(m=>m.name===p&&m.end===f&&u.some(g=>m.source.startsWith(g))).map(({source:m})=>d`<kbd>${G(m)}</kbd> `),r=e.flatMap(p=>{let f=p.binding?.kind;if(f==="pointer")return[di(_(p),a`Mouse, after a click`,a`Right stick`)];if(f==="wheel")return[di(_(p),a`Wheel`,"\u2013")];let u=B(p);return u.map(m=>di(u.length>1?`${_(p)} ${m>0?"+":"\u2212"}`:_(p),n(p.name,m,["key:","mouse:"]),n(p.name,m,["pad:"])))}),[o]=tt(),l=e.some(({binding:p})=>p?.kind==="pointer"),c=[zt(s)?a`Move with the stick.`:"",l?a`Drag over the picture to look around.`:"",e.some(p=>B(p).length)?a`Press the buttons on the screen.`:""].filter(Boolean).join(" ");return d`
    ${i.device==="touch"&&c?d`<p>${c}</p>`:h}
    ${r.length?d`<table>
      <thead><tr><th scope="col">${a`In this world`}</th><th scope="col">${a`Keys and mouse`}</th>
        <th scope="col">${a`Gamepad`}</th></tr></thead>
      <tbody>${r}</tbody></table>`:h}
    <ul class="tips">
      ${l?d`<li>${a`Esc releases the mouse.`}</li>`:h}
      <li>${a`Tab moves through the page's controls.`}</li>
      <li>${l?a`Settings has the keys, the sensitivity and the scaling of the picture.`:a`Settings has the keys and the scaling of the picture.`}</li>
      <li>${globalThis.isSecureContext?No(o):a`Gamepads, the webcam and the clipboard need HTTPS: start the server with --lan.`}</li>
    </ul>`}function No(i){return i?yt(i)?a`Gamepad: ${i.id}`:a`Gamepad: ${i.id}. This browser does not know its layout: its buttons and its first stick work, but its right stick does not look around. You can bind its other buttons and sticks in Settings.`:a`Connect a gamepad and press one of its buttons.`}function di(i,t,e){return d`<tr><th scope="row">${i}</th><td>${t}</td><td>${e}</td></tr>`}var Bo={pause:v`<path d="M9 5v14M15 5v14"/>`,play:v`<path d="M7 4.5v15l12-7.5z"/>`,step:v`<path d="M6 5v14l9-7zM18 5v14"/>`,reset:v`<path d="M4 5v5h5M4.6 14a8 8 0 1 0 .9-7L4 10"/>`,dice:v`<rect x="4" y="4" width="16" height="16" rx="4"/><path d="M8.5 8.5h.01M15.5 8.5h.01M12 12h.01M8.5 15.5h.01M15.5 15.5h.01" stroke-width="2.6"/>`,camera:v`<path d="M4 8h3l1.6-2.5h6.8L17 8h3v11H4z"/><circle cx="12" cy="13" r="3.4"/>`,record:v`<circle cx="12" cy="12" r="8"/><circle cx="12" cy="12" r="3.5" fill="currentColor"/>`,stop:v`<rect x="6.5" y="6.5" width="11" height="11" rx="2" fill="currentColor"/>`,share:v`<circle cx="6" cy="12" r="2.5"/><circle cx="17" cy="6" r="2.5"/><circle cx="17" cy="18" r="2.5"/><path d="m8.3 10.8 6.4-3.6M8.3 13.2l6.4 3.6"/>`,figures:v`<path d="M4 19V5M4 19h16M8 15l3.5-5 3 3L19 7"/>`,settings:v`<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2.2"/><circle cx="9" cy="17" r="2.2"/>`,help:v`<circle cx="12" cy="12" r="8.5"/><path d="M9.6 9.6a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.2.9-1.2 1.8M12 16.6h.01"/>`,enlarge:v`<path d="M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5"/>`,reduce:v`<path d="M4 9h5V4M20 9h-5V4M4 15h5v5M20 15h-5v5"/>`,panel:v`<rect x="3.5" y="5" width="17" height="14" rx="2.5"/><path d="M14.5 5v14"/>`,sound:v`<path d="M4 9.5v5h3.5L12 18V6L7.5 9.5zM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11"/>`,mute:v`<path d="M4 9.5v5h3.5L12 18V6L7.5 9.5zM16 10l4.5 4.5M20.5 10 16 14.5"/>`,webcam:v`<circle cx="12" cy="10" r="6"/><circle cx="12" cy="10" r="2"/><path d="M6 20h12M12 16v4"/>`,image:v`<rect x="4" y="5" width="16" height="14" rx="2.5"/><circle cx="9" cy="10" r="1.4"/><path d="m5 17 5-4 3 2.5 3-3 4 4"/>`,close:v`<path d="m6 6 12 12M18 6 6 18"/>`,copy:v`<rect x="8" y="8" width="12" height="12" rx="2.5"/><path d="M16 8V4H4v12h4"/>`,send:v`<path d="M5 12h13M13 6.5l5.5 5.5-5.5 5.5"/>`,film:v`<rect x="3.5" y="5" width="17" height="14" rx="2"/><path d="M8 5v14M16 5v14M3.5 9.5H8M3.5 14.5H8M16 9.5h4.5M16 14.5h4.5"/>`,download:v`<path d="M12 4v11M7 10.5l5 5 5-5M5 19.5h14"/>`,log:v`<path d="M5 6h14M5 12h14M5 18h8"/>`};function E(i){return d`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${Bo[i]}</svg>`}function x(i,t,e,{disabled:s=!1,pressed:n,id:r}={}){return d`<button type="button" class="tool" id=${r??h} aria-label=${t} title=${t}
    ?disabled=${s} aria-pressed=${n===void 0?h:String(n)}
    ?data-on=${n} @click=${e}>${E(i)}</button>`}var b=class extends V{static properties={player:{attribute:!1},view:{attribute:!1}};constructor(){super(),this.player,this.view}createRenderRoot(){return this}};var hi=class extends b{static properties={...b.properties,at:{state:!0}};constructor(){super(),this.at=1/0}render(){let{film:t}=this.player,e=t?.branches.find(({number:u})=>u===this.view.compared);if(!t||!e)return h;let{start:s,frames:n,length_s:r}=e,o=u=>u.filter(({frame:m})=>m>=s),l=[{name:a`Now`,shots:o(t.shots)},{name:a`The branch`,shots:o(e.shots)}],c=[...new Set(l.flatMap(({shots:u})=>u.map(({frame:m})=>m)))].sort((u,m)=>u-m),p=Math.min(this.at,c.length-1),f=u=>Math.round((u-s)*r/(n-s)||0);return d`
      <div class="compare">${l.map(({name:u,shots:m})=>{let g=m.findLast(({frame:w})=>w<=c[p])??m[0];return d`<figure>${g?d`<img alt=${u} src=${g.url}>
          <figcaption><span>${u}</span><span>${a`${f(g.frame)} s`}</span></figcaption>`:d`<p class="muted">${a`No picture yet.`}</p><figcaption>${u}</figcaption>`}</figure>`})}</div>
      <label class="beside">${a`Time`}<input type="range" min="0" max=${Math.max(0,c.length-1)} .value=${String(p)}
        @input=${u=>this.at=u.currentTarget.valueAsNumber}></label>
      <p class="muted">${a`The seconds count from where the branch parts.`}</p>`}};customElements.define("lucid-compare",hi);var Ho=64*1024*1024,qo=["video/mp4;codecs=avc1","video/webm;codecs=vp9","video/webm"];async function wn(i,t,e){let s=M(i.server,"api","sessions",Q(i),"recording"),n=await fetch(s,{method:"POST"}).catch(()=>null);if(n?.ok)return Fo(i,s,e);if(n&&n.status!==501)throw await Lt(n);return Wo(t,Rt(i,e))}function Fo(i,t,e){return{where:"server",since_ms:performance.now(),stop:async()=>{let s=await fetch(t,{method:"DELETE"});if(!s.ok)throw await Lt(s);let{file:n,size_bytes:r}=await s.json(),{href:o}=M(i.server,"api","recordings",n),l=r>Ho?null:await(await fetch(o)).blob();return{url:o,name:`${Rt(i,e)}.mp4`,blob:l}}}}function Wo(i,t){let e=qo.find(r=>globalThis.MediaRecorder?.isTypeSupported(r));if(!e||!(i.srcObject instanceof MediaStream))throw new $("recording",a`neither the server nor this browser can record the session`,a`run \`pip install "lucid-runtime[serve]"\` on the server`);let s=new MediaRecorder(i.srcObject,{mimeType:e}),n=[];return s.ondataavailable=({data:r})=>n.push(r),s.start(1e3),{where:"browser",since_ms:performance.now(),stop:()=>new Promise(r=>{s.onstop=()=>{let o=new Blob(n,{type:e}),l=e.includes("mp4")?"mp4":"webm";r({url:URL.createObjectURL(o),name:`${t}.${l}`,blob:o})},s.stop()})}}function vn(i){let t=document.createElement("canvas");return[t.width,t.height]=[i.videoWidth,i.videoHeight],t.getContext("2d")?.drawImage(i,0,0),new Promise((e,s)=>t.toBlob(n=>n?e(n):s(new $("screenshot",a`there is no picture yet`,a`wait for the first frame`))))}function xn(i){return M(i.server,"api","sessions",Q(i),"capsule.lucid").href}function $n(i,t){return be(M(i.server,"api","sessions",Q(i),"replay"),t)}async function kn(i,t,e){let s=M(i.server,"api","sessions",Q(i),"rewind",String(t));e<1/0&&s.searchParams.set("most_s",String(e));let n=await be(s);return n.status===204?null:n.json()}async function _n(i){return(await be(M(i.server,"api","sessions",Q(i),"restart"))).json()}async function Sn(i,t){let e=M(i.server,"api","sessions",Q(i),"branches",String(t));return(await be(e)).json()}async function En(i){let t=await fetch(M(i.server,"api","sessions",Q(i),"branches"));return t.ok?t.json():[]}async function be(i,t){let e=await fetch(i,{method:"POST",body:t});if(!e.ok)throw await Lt(e);return e}async function An(i,t){let e=M(i.server,"api","sessions",Q(i),"clip"),s=await fetch(e,{method:"POST"});if(!s.ok)throw await Lt(s);let{file:n}=await s.json(),r=M(i.server,"api","recordings",n);t==="gif"&&r.searchParams.set("gif","1");let o=await fetch(r);if(!o.ok)throw await Lt(o);return o.blob()}function Rt(i,t=""){let e=new Date().toISOString().slice(0,19).replaceAll(":","-").replace("T","_"),s=t.toLowerCase().match(/[\p{L}\p{N}]+/gu)?.join("-").slice(0,40);return[i.hello?.manifest.model.name??"lucid",e,s].filter(Boolean).join("_")}function pt(i,t){let e=document.createElement("a");e.href=i,e.download=t,e.click(),i.startsWith("blob:")&&setTimeout(()=>URL.revokeObjectURL(i),1e4)}function Q(i){return i.hello?.session_id??""}async function Lt(i){let{error:t}=await i.json().catch(()=>({}));return new $(t?.code??"recording",t?.message??a`the server answered ${i.status}`,t?.hint??null)}var pi="lucid-saved",Go=24;async function ye(){return await ie(pi).catch(()=>null)??[]}async function ui(i,t){let e=(await ye()).filter(s=>s.name!==i);await kt(pi,[{name:i,blob:t},...e].slice(0,Go)).catch(()=>{})}async function Tn(i){await kt(pi,(await ye()).filter(t=>t.name!==i)).catch(()=>{})}var fi=class extends b{static properties={...b.properties,items:{state:!0}};constructor(){super(),this.items=[]}connectedCallback(){super.connectedCallback(),this.#t()}disconnectedCallback(){super.disconnectedCallback();for(let{url:t}of this.items)URL.revokeObjectURL(t)}async#t(){for(let{url:t}of this.items)URL.revokeObjectURL(t);this.items=(await ye()).map(t=>({...t,url:URL.createObjectURL(t.blob)}))}render(){let{items:t,player:e}=this;return d`
      ${t.length?d`<ul class="saved">${t.map(({name:s,blob:n,url:r})=>d`<li>
        ${n.type.startsWith("image/")?d`<img alt="" loading="lazy" src=${r}>`:d`<video controls muted playsinline preload="metadata" src=${r} aria-label=${s}></video>`}
        <div class="beside"><span>${s}</span>
          ${x("download",a`Download ${s}`,()=>pt(URL.createObjectURL(n),s))}
          ${x("close",a`Remove ${s}`,()=>Tn(s).then(()=>this.#t()))}</div>
      </li>`)}</ul>`:d`<p class="muted">${a`Pictures, clips and recordings that you save appear here. They stay in this browser.`}</p>`}
      <h3>${a`A saved session`}</h3>
      <button type="button" @click=${()=>e.takeaway.saveSession()}>${a`Save the session`}</button>
      <label class="own">${a`Play a .lucid file`}<input type="file" class="unseen" accept=".lucid"
        @change=${s=>this.#e(s)}></label>
      <p class="muted">${a`It plays by itself. Press a key of the world to take over.`}</p>`}#e(t){let[e]=t.currentTarget.files??[];e&&this.player.takeaway.replay(e)}};customElements.define("lucid-saved",fi);var gi=class extends b{static properties={...b.properties,asking:{state:!0},conflict:{state:!0}};constructor(){super(),this.asking=null,this.conflict=null,this.listeners=new AbortController}render(){let{kept:t}=this.view,{player:e,view:s}=this,n=s.hello?.manifest.inputs.some(({binding:o})=>o?.kind==="pointer"),r=s.device!=="touch"||tt().length>0;return d`
      <div class="settings">
        <label class="field">${a`Picture`}
          <select data-setting="scaling" @change=${o=>e.keep({scaling:o.target.value})}>
            <option value="smooth" ?selected=${t.scaling==="smooth"}>${a`Smooth`}</option>
            <option value="pixelated" ?selected=${t.scaling==="pixelated"}>${a`Pixelated`}</option>
          </select></label>
        ${n?d`<label class="field"><span class="label">${a`Sensitivity`}
          <span class="value">${t.sensitivity.toFixed(1)}</span></span>
          <input type="range" min="0.1" max="4" step="0.1" data-setting="sensitivity"
            .value=${String(t.sensitivity)} @input=${o=>e.keep({sensitivity:Number(o.target.value)})}>
        </label>
        ${this.#t("invertY",a`Invert up and down`,t.invertY)}`:h}
        ${this.#t("overlay",a`Show the controls`,t.overlay)}
        ${this.#t("tcp",a`Send the video over TCP`,t.tcp)}
      </div>
      ${r?d`<h3>${a`Keys and buttons`}</h3>
      ${this.conflict?this.#i(this.conflict):h}
      <table class="remap"><tbody>${this.#e()}</tbody></table>
      <div class="beside end"><button type="button" ?disabled=${t.bindings===null}
        @click=${()=>this.#r(null)}>${a`Reset to defaults`}</button></div>`:h}`}connectedCallback(){super.connectedCallback(),this.listeners=new AbortController;let{signal:t}=this.listeners;addEventListener("keydown",e=>{if(!this.asking||j(e))return;e.preventDefault(),e.stopImmediatePropagation();let s=Bt(e);s==="Escape"?this.asking=null:s&&this.#n(`key:${s}`)},{signal:t,capture:!0}),addEventListener("mousedown",e=>{this.asking&&(e.preventDefault(),this.#n(`mouse:${e.button}`))},{signal:t,capture:!0})}disconnectedCallback(){super.disconnectedCallback(),this.listeners.abort()}get bound(){return this.player.controls?.bound??[]}#t(t,e,s){return d`<label class="field toggle"><span class="label">${e}</span>
      <input type="checkbox" role="switch" data-setting=${t} .checked=${s}
        @change=${()=>this.player.keep({[t]:!s})}></label>`}#e(){return(this.view.hello?.manifest.inputs??[]).flatMap(e=>B(e).map(s=>{let n=B(e).length>1?`${_(e)} ${s>0?"+":"\u2212"}`:_(e),r={name:e.name,end:s},o=this.asking?.name===e.name&&this.asking.end===s;return d`<tr data-remap=${`${e.name}:${s}`}><th scope="row">${n}</th><td>
        ${this.bound.filter(l=>mi(l,r)).map(l=>d`
          <button type="button" class="cap" title=${a`Remove`}
            aria-label=${a`${n}: remove ${G(l.source)}`}
            @click=${()=>this.#r(this.bound.filter(c=>c!==l))}>
            <kbd>${G(l.source)}</kbd>${E("close")}</button>`)}
        <button type="button" class="cap add" aria-label=${a`${n}: add a key or button`}
          aria-pressed=${String(o)} @click=${()=>this.#s(o?null:r)}>
          ${o?a`Press a key… (Esc cancels)`:"+"}</button></td></tr>`}))}#i({bound:t,others:e}){let s=this.view.hello?.manifest.inputs??[],n=e.map(({name:r})=>_(s.find(o=>o.name===r)??{name:r,description:""}));return d`<div class="warning" role="alert">
      <p>${a`${G(t.source)} is also bound to: ${n.join(", ")}.`}</p>
      <button type="button" @click=${()=>this.#r(this.bound.filter(r=>!e.includes(r)))}>
        ${a`Bind it only here`}</button>
      <button type="button" @click=${()=>this.conflict=null}>${a`Keep both`}</button></div>`}#s(t){this.asking=t;let e=()=>this.player.controls?.gamepads.held??new Map,s=new Set(e().keys()),n=()=>{if(!this.isConnected||!this.asking||this.asking!==t)return;let r=[...e()].find(([o,l])=>l>.6&&!s.has(o));r?this.#n(r[0]):requestAnimationFrame(n)};requestAnimationFrame(n)}#n(t){let e=this.asking;this.asking=null;let s=this.bound.filter(o=>o.source===t&&!mi(o,e)),n=this.bound.filter(o=>!(o.source===t&&mi(o,e))),r={...e,source:t};this.#r([...n,r]),this.conflict=s.length?{bound:r,others:s}:null}#r(t){this.conflict=null,this.player.controls?.releaseAll(),this.player.keep({bindings:t})}};function mi(i,{name:t,end:e}){return i.name===t&&i.end===e}customElements.define("lucid-settings",gi);var Yo="https://huggingface.co/";function ut({hello:i}){if(!i)return h;let{name:t,repo:e,licence:s}=i.manifest.model,n=/^https?:/.test(e)?e:Yo+e;return d`<p class="credit">
    ${e?d`<a href=${n} target="_blank" rel="noopener noreferrer">${e}</a>`:t}${s?` \xB7 ${s}`:h} \u00b7 ${a`made with Lucid ${i.version}`}</p>`}function Mn({code:i,message:t,hint:e},{view:s}){let{hello:n,state:r,figures:o,stages:l,log:c}=s;return[`Lucid ${n?.version??"(version unknown)"}, model ${n?.manifest.model.name??"unknown"}`,`error: ${t}`,`next: ${e??"-"}`,`code: ${i}`,`state: ${r}, as ${n?.role??"player"}`,`loading: ${l.map(({name:f})=>f).join(" > ")||"-"}`,`figures: ${o?JSON.stringify({...o,gpu:o.gpu??void 0}):"-"}`,`browser: ${navigator.userAgent}`,`time: ${new Date().toISOString()}`,...c?["log:",c]:[]].join(`
`)}var Jo=3;function yi(i,t,e){let s=i.find(o=>we(o.error)===we(t)),n=(s?.count??0)+1;return[...i.filter(o=>o!==s&&(e===null||o.input!==e)),{error:t,count:n,input:e}].slice(-Jo)}function Vo(i,t){return i.filter(e=>we(e.error)!==we(t))}function we({code:i,message:t,hint:e}){return JSON.stringify([i,t,e])}var Ko=()=>({"input.queue_full":a`The model is busy, so this was not used. Try again in a moment.`,"input.spectator":a`You are watching. Only players can change this world.`});function Cn({code:i,message:t,hint:e}){let s=t.replace(/^input '[^']*'(?: failed)?: /,""),n=Ko()[i],r=n??`${s.charAt(0).toUpperCase()}${s.slice(1)}`;return e&&i!=="input.failed"&&!n?`${r}: ${e}`:r}function On({notices:i},t){let e=i.find(s=>s.input===t);return e?d`<p class="refusal" role="alert" data-error-code=${e.error.code}>
    ${Cn(e.error)}</p>`:h}function wi(i,t){let{code:e,message:s,hint:n}=i;return d`
    <article class="card" data-error-code=${e}>
      <p class="message">${ve(s)}</p>
      ${n?d`<p class="next">${ve(n)}</p>`:h}
      <p class="code"><code>${e}</code>
        <button type="button" class="link" @click=${r=>vi(Mn(i,t),r.currentTarget)}>
          ${E("copy")}<span>${a`Copy report`}</span></button></p>
    </article>`}function ve(i){return i.split("`").map((t,e)=>e%2?d`<code>${t}</code>`:t)}async function vi(i,t){let e=t.querySelector("span")??t,s=e.textContent;try{await navigator.clipboard.writeText(i),e.textContent=a`Copied`,setTimeout(()=>e.textContent=s,1500)}catch{let n=document.createElement("textarea");n.className="report",n.readOnly=!0,n.value=i,n.setAttribute("aria-label",a`Text to copy`),t.closest("article, section, dialog")?.append(n),n.select()}}var bi=class extends b{render(){let{player:t,view:e}=this,s=q(e)?ht(e):[],n=e.notices.filter(({input:r})=>!s.some(({name:o})=>o===r));return d`<div id="notices" role="log" aria-live="assertive" aria-label=${a`Errors`}>
      ${n.map(({error:r,count:o,input:l})=>d`
        <div class="notice">
          ${l===null?wi(r,t):d`<p class="card" data-error-code=${r.code}>
            ${`${this.#t(l)}: ${Cn(r)}`}</p>`}
          ${o>1?d`<span class="count">×${o}</span>`:h}
          ${x("close",a`Dismiss`,()=>t.set({notices:Vo(t.view.notices,r)}))}
        </div>`)}
    </div>`}#t(t){let e=this.view.hello?.manifest.inputs.find(({name:s})=>s===t);return e?_(e):t}};customElements.define("lucid-notices",bi);var Xo=["localhost","127.0.0.1","[::1]"],xe,xi=class extends b{static properties={...b.properties,chosen:{state:!0}};constructor(){super(),this.chosen="watch"}async connectedCallback(){super.connectedCallback(),!xe&&(xe=(await import("./vendor/qrcode-generator.js")).default,this.requestUpdate())}render(){let t=this.#e();if(!t.length)return d`<p>${a`Only the player can share this session.`}</p>`;let e=t.find(({id:n})=>n===this.chosen)??t[0],s=Xo.includes(new URL(e.url).hostname);return d`
      <div class="tabs" role="group" aria-label=${a`Kind of link`}>${t.map(({id:n,title:r})=>d`
        <button type="button" aria-pressed=${String(n===e.id)}
          @click=${()=>this.chosen=n}>${r}</button>`)}</div>
      <p class="muted">${e.about}</p>
      <div class="link-row">
        <input type="text" readonly aria-label=${a`Link`} data-link=${e.id} .value=${e.url}
          @focus=${n=>n.target.select()}>
        <button type="button" @click=${n=>vi(e.url,n.currentTarget)}>
          ${E("copy")}<span>${a`Copy`}</span></button>
      </div>
      ${xe?Qo(xe(0,"M"),e.url):d`<svg class="qr" viewBox="0 0 1 1"></svg>`}
      ${this.#t()}
      ${s?d`<p class="next">${ve(a`This address works only on this machine. For other devices on your network, run \`lucid serve --lan\`.`)}</p>`:h}
      ${ut(this.view)}`}#t(){let{until_ms:t,guests:e}=this.view.sharing,s=(r,o)=>d`<button type="button" class="link"
      @click=${()=>this.player.session?.share(o)}>${r}</button>`,n=new Date(t).toLocaleTimeString([],{timeStyle:"short"});return d`<p class="muted" id="until">
      ${t<Date.now()?a`These links have expired.`:a`Others can join until ${n}.`}
      ${s(a`New links`,{type:"renew"})}</p>
      ${e.map(({number:r,muted:o})=>d`<p class="guest">${a`Guest ${r}`}
        ${o?s(a`Unmute`,{type:"guest",number:r,act:"unmute"}):s(a`Mute`,{type:"guest",number:r,act:"mute"})}
        ${s(a`Remove`,{type:"guest",number:r,act:"kick"})}</p>`)}`}#e(){let{watch_url:t,play_url:e}=this.view.sharing??{};return[{id:"watch",title:a`Watch`,url:t,about:a`Anyone with this link can watch, but cannot play.`},{id:"play",title:a`Play together`,url:e,about:a`A second player, or your phone as a controller, can play in this session.`},{id:"obs",title:a`Stream`,url:t&&`${t}&view=1`,about:a`Shows only the picture. Use it as a browser source in OBS.`}].flatMap(s=>s.url?[{...s,url:s.url}]:[])}};function Qo(i,t){i.addData(t),i.make();let e=i.getModuleCount(),s="";for(let n=0;n<e;n+=1)for(let r=0;r<e;r+=1)i.isDark(n,r)&&(s+=`M${r} ${n}h1v1h-1z`);return d`<svg class="qr" role="img" aria-label=${a`QR code of the link`}
    viewBox=${`-3 -3 ${e+6} ${e+6}`}><path d=${s}/></svg>`}customElements.define("lucid-share",xi);var Zo=i=>({help:a`How to play`,settings:a`Settings`,share:a`Share and watch`,saved:a`Saved`,compare:a`Compare`})[i],$i=class extends b{render(){let{player:t,view:e}=this,{dialog:s}=e;return d`
      <dialog aria-labelledby="dialog-title" data-dialog=${s??h} @close=${()=>t.set({dialog:null})} @click=${this.#t}>
        ${s?d`
          <section>
            <header><h2 id="dialog-title">${Zo(s)}</h2>
              ${x("close",a`Close`,()=>this.dialog.close())}</header>
            ${s==="help"?yn(e,t):h}
            ${s==="settings"?d`<lucid-settings .player=${t} .view=${e}></lucid-settings>`:h}
            ${s==="share"?d`<lucid-share .player=${t} .view=${e}></lucid-share>`:h}
            ${s==="saved"?d`<lucid-saved .player=${t} .view=${e}></lucid-saved>`:h}
            ${s==="compare"?d`<lucid-compare .player=${t} .view=${e}></lucid-compare>`:h}
          </section>`:h}
      </dialog>`}get dialog(){return this.querySelector("dialog")}updated(){let{dialog:t}=this,{controls:e}=this.player;e&&(e.dialog=t),this.view.dialog&&!t.open?(e?.releaseAll(),document.pointerLockElement&&document.exitPointerLock(),t.showModal()):!this.view.dialog&&t.open&&t.close()}#t(t){t.target===this.dialog&&this.dialog.close()}};customElements.define("lucid-dialogs",$i);var $e=class{#t=new Map;#e=new Map;#i;constructor(t){this.#i=t}add(t,e){this.#t.set(t,e);let s=this.#e.get(t);s&&this.attach(t,s)}rename(t,e){let s=this.#t.get(t);s&&this.#t.set(e,s)}attach(t,e){this.#e.set(t,e),e.kind==="audio"&&!this.#t.has(t)&&(this.#t.set(t,new Audio),this.#i(!1));let s=this.#t.get(t);s&&(s.srcObject=new MediaStream([e]),s.play().catch(n=>n.name==="NotAllowedError"&&this.mute(!0)))}mute(t){for(let e of this.#t.values())e instanceof HTMLAudioElement&&(e.muted=t,e.play().catch(()=>{}));this.#i(t)}};var ki=class extends b{static properties={...b.properties,spec:{attribute:!1},label:{},name:{},disabled:{attribute:!1},stream:{state:!0},wanted:{state:!0}};constructor(){super(),this.spec,this.label="",this.name="",this.disabled=!1,this.stream=null,this.wanted=!1}willUpdate(){(this.view.state==="ended"||this.view.state==="failed")&&this.wanted&&this.#s()}disconnectedCallback(){super.disconnectedCallback(),this.#s()}render(){let{spec:t,stream:e,label:s}=this,n=!!navigator.mediaDevices?.getUserMedia;return d`
      <label class="field toggle"><span class="label">${s}</span>
        <input type="checkbox" role="switch" .checked=${this.wanted}
          ?disabled=${!n||this.disabled&&!this.wanted} @change=${this.#e}></label>
      ${e&&t.kind==="camera"?d`<video class="webcam" autoplay muted playsinline
        aria-label=${a`What the camera sends`} .srcObject=${e}></video>`:h}
      <p class="muted" role="status">${n?this.#t():a`The browser offers cameras and microphones only over HTTPS, or on the server's own machine.`}</p>`}#t(){let t=this.spec.kind==="camera";return this.stream&&t?a`The camera is on: the model gets what it sees.`:this.stream?a`The microphone is on: the model gets what it hears.`:this.wanted?a`Waiting for the browser's permission`:t?a`The camera is off.`:a`The microphone is off.`}#e(t){t.currentTarget.checked?this.#i():this.#s()}async#i(){let{kind:t}=this.spec;this.wanted=!0;try{let e=await navigator.mediaDevices.getUserMedia(ta(this.spec)),[s]=e.getTracks();if(!this.wanted||!this.isConnected)return s.stop();s.onended=()=>{this.#s(),this.#r(t==="camera"?a`the camera has stopped`:a`the microphone has stopped`,a`connect it again, then turn it on`)},this.stream=e,this.player.session?.capture(this.name,s),this.#n(!0)}catch(e){this.#s();let s=e instanceof DOMException?e.message:String(e);this.#r(t==="camera"?a`the camera cannot be used: ${s}`:a`the microphone cannot be used: ${s}`,a`allow it in the browser's address bar`)}}#s(){this.wanted=!1;for(let t of this.stream?.getTracks()??[])t.onended=null,t.stop();this.stream&&(this.stream=null,this.player.session?.capture(this.name,null),this.#n(!1))}#n(t){let e=this.player.view.capturing.filter(s=>s!==this.spec.kind);this.player.set({capturing:t?[...e,this.spec.kind]:e})}#r(t,e){this.player.report(new $(this.spec.kind,t,e))}};function ta(i){if(i.kind==="microphone")return{audio:{channelCount:{ideal:1}}};let[t,e]=i.size;return{video:{width:{ideal:t},height:{ideal:e},frameRate:{ideal:30}}}}customElements.define("lucid-capture",ki);var ea=100,Pn=2**31;function Rn(i,t){switch(i.kind){case"text":return ia(i,t);case"number":return sa(i,t);case"slider":return na(i,t);case"toggle":return ra(i,t);case"choice":return oa(i,t);case"json":return aa(i,t);case"file":return d`<lucid-seed .player=${t.input.player} .view=${t.input.view}
      .argument=${i} .label=${t.label} .disabled=${t.disabled}
      .input=${t.input.spec.name} @lucid-edit=${t.onEdit}></lucid-seed>`}}function jn(i,t){let e=t.querySelector(`[data-argument="${CSS.escape(i.name)}"]`),s=e;switch(i.kind){case"toggle":return s.checked;case"choice":return Un(i)[Number(s.value)];case"slider":return s.valueAsNumber;case"number":return s.value===""?Ln(i):s.valueAsNumber;case"json":return s.value===""?Ln(i):JSON.parse(s.value);case"text":return s.value===""&&i.nullable?null:s.value;case"file":{let{file:n}=e;return n&&t.player.session?.upload(t.spec.name,i.name,n)}}}function ft(i,t,e=h){return d`<label class="field"><span class="label">${i}${e}</span>${t}</label>`}function ia(i,{label:t}){let{minLength:e=0,maxLength:s,pattern:n}=i.schema;return ft(t,d`<input type="text" data-argument=${i.name}
    .defaultValue=${String(i.initial??"")} maxlength=${s??h}
    pattern=${n??h} minlength=${i.nullable?0:e}
    ?required=${!i.nullable&&e>0}>`)}function sa(i,{label:t,onEdit:e}){let{min:s,max:n,step:r="any"}=wt(i.schema),o=d`<input type="number" data-argument=${i.name} min=${s??h}
    max=${n??h} step=${r} ?required=${_i(i)}
    .defaultValue=${String(i.initial??"")} placeholder=${_i(i)?"":a`none`}
    @change=${e} @keydown=${In(e)}>`;if(!qt(i))return ft(t,o);let l=c=>{let[p,f]=[s??0,Math.min(n??Pn,Pn)],m=c.currentTarget.parentElement?.querySelector("input");m.value=String(p+Math.floor(Math.random()*(f-p))),e()};return d`<div class="beside">${ft(t,o)}
    <button type="button" class="tool dice" aria-label=${a`Random: ${t}`} title=${a`Random`}
      @click=${l}>${E("dice")}</button></div>`}function na(i,{label:t,onEdit:e}){let{min:s,max:n,step:r}=wt(i.schema),o=String(i.initial??s),l=da(e,ea),c=f=>{let u=f.currentTarget,m=u.parentElement?.querySelector(".value");m&&(m.textContent=u.value),l()},p=r??(Number(n)-Number(s))/100;return ft(t,d`<input type="range" data-argument=${i.name} min=${s??0}
    max=${n??1} step=${p} .defaultValue=${o} @input=${c}>`,d`<span class="value" aria-hidden="true">${o}</span>`)}function ra(i,{label:t,onEdit:e}){return d`<label class="field toggle"><span class="label">${t}</span>
    <input type="checkbox" role="switch" data-argument=${i.name}
      .defaultChecked=${i.initial===!0} @change=${e}></label>`}function oa(i,{label:t,onEdit:e}){let s=Un(i),n=s.indexOf(i.initial??null);return ft(t,d`<select required data-argument=${i.name} @change=${e}>
    ${n<0?d`<option value="" disabled .defaultSelected=${!0}>${a`Choose`}</option>`:h}
    ${s.map((r,o)=>d`
      <option value=${o} .defaultSelected=${o===n}>${la(r)}</option>`)}
  </select>`)}function aa(i,{label:t,onEdit:e}){let{initial:s}=i,n=r=>{let o=r.currentTarget;o.setCustomValidity(ca(o.value)?"":a`not JSON`)};return ft(t,d`<input type="text" class="json" spellcheck="false" placeholder="JSON"
    data-argument=${i.name} ?required=${_i(i)}
    .defaultValue=${s==null?"":JSON.stringify(s)}
    @input=${n} @change=${e} @keydown=${In(e)}>`)}function In(i){return t=>{if(j(t)||t.key!=="Enter")return;t.preventDefault();let e=t.currentTarget,s=!1,n=()=>s=!0;e.addEventListener("change",n),e.blur(),e.removeEventListener("change",n),s||i()}}function Un(i){return[...i.nullable?[null]:[],...fs(i.schema)]}function la(i){return i===null?a`None`:typeof i=="boolean"?i?a`On`:a`Off`:T(String(i))}function Ln({nullable:i,required:t}){return i||t?null:void 0}function _i(i){return i.required&&!i.nullable}function ca(i){if(i==="")return!0;try{return JSON.parse(i),!0}catch{return!1}}function da(i,t){let e=0,s=!1,n=()=>{s=!1,i(),e=setTimeout(()=>{e=0,s&&n()},t)};return()=>{e?s=!0:n()}}var ha=8,Si=class extends b{static properties={...b.properties,argument:{attribute:!1},label:{},disabled:{attribute:!1}};constructor(){super(),this.argument,this.label="",this.disabled=!1,this.back=-1,this.draft=""}render(){let{argument:t,view:e}=this,{minLength:s=0,maxLength:n}=t.schema,{examples:r}=t,o=e.kept.prompts.filter(l=>!r.includes(l));return d`
      <label class="field"><span class="label">${this.label}</span>
        <textarea rows="2" data-argument=${t.name}
          .defaultValue=${String(t.initial??"")} maxlength=${n??h}
          minlength=${t.nullable?0:s}
          ?required=${!t.nullable&&s>0}
          placeholder=${r[0]??a`Describe the world`}
          @keydown=${this.#e}></textarea></label>
      <div class="beside end">
        ${o.length?d`<details class="history"><summary>${a`History`}</summary>
          <ul>${o.map(l=>d`<li><button type="button" class="link"
            @click=${()=>this.#t(l)}>${l}</button></li>`)}</ul></details>`:h}
        <button class="primary small" aria-label=${a`Send: ${this.label}`}>${a`Send`} ${E("send")}</button>
      </div>
      ${r.length?d`<div class="chips" role="group" aria-label=${a`Presets`}>
        ${r.slice(0,ha).map(l=>d`
          <button type="button" class="chip" @click=${()=>this.#t(l)}>${l}</button>`)}
      </div>`:h}`}get box(){return this.querySelector("textarea")}#t(t){this.box.value=t,this.closest("form")?.requestSubmit()}#e(t){if(j(t))return;t.key==="Enter"&&!t.shiftKey&&(t.preventDefault(),this.back=-1,this.closest("form")?.requestSubmit(),this.box.validity.valid&&this.player.stage.focus({preventScroll:!0}));let e={ArrowUp:1,ArrowDown:-1}[t.key],{prompts:s}=this.view.kept,n=!this.box.value.includes(`
`);!e||!n||!s.length||(t.preventDefault(),this.back<0&&(this.draft=this.box.value),this.back=Math.min(Math.max(this.back+e,-1),s.length-1),this.box.value=this.back<0?this.draft:s[this.back])}};customElements.define("lucid-prompt",Si);var Ei=class extends b{static properties={...b.properties,argument:{attribute:!1},label:{},input:{},disabled:{attribute:!1},file:{state:!0},over:{state:!0},camera:{state:!0}};constructor(){super(),this.argument,this.label="",this.input="",this.disabled=!1,this.file=null,this.over=!1,this.camera=null,this.urls=new Map}get spec(){return this.argument.schema.file}connectedCallback(){super.connectedCallback(),this.dataset.argument=this.argument?.name??""}willUpdate(){this.dataset.argument=this.argument.name}disconnectedCallback(){super.disconnectedCallback();for(let t of this.urls.values())URL.revokeObjectURL(t);this.urls.clear(),this.#c()}render(){let{spec:t,file:e}=this,s=t.kind==="image";return d`
      <div class="seed" ?data-over=${this.over} @dragover=${this.#r}
        @dragleave=${()=>this.over=!1} @drop=${this.#o}>
        <label class="field drop">
          <span class="label">${this.label}</span>
          <span class="invitation">${s&&e?d`<img alt=${a`The sent image`} src=${this.#d(e)}>`:E("image")}<span>${e?`${e.name} \xB7 ${it(e.size)}`:pa(t)}</span></span>
          <input type="file" class="unseen" accept=${t.mime_types.join(",")||h}
            @change=${this.#i}>
        </label>
        ${s?this.#t():h}
        ${s?this.#e():h}
      </div>`}#t(){return navigator.mediaDevices?.getUserMedia?this.camera?d`<video class="webcam" autoplay muted playsinline .srcObject=${this.camera}></video>
      <div class="beside">
        <button type="button" class="primary small" @click=${this.#l}>${a`Take the picture`}</button>
        <button type="button" @click=${()=>this.#c()}>${a`Cancel`}</button>
      </div>`:d`<button type="button" class="link" @click=${this.#a}>
        ${E("webcam")}<span>${a`Use the webcam`}</span></button>`:h}#e(){let t=this.player.session?.server,e=(this.spec.gallery??[]).map(r=>({name:T(r.replace(/\.[^.]*$/,"")),url:t?Ot(t,this.input,this.argument.name,r):""})),s=this.view.kept.seeds.map((r,o)=>({name:a`Sent before, ${o+1}`,url:this.#d(r),seed:r})),n=[...e,...s];return n.length?d`<div class="gallery" role="group" aria-label=${a`Gallery`}>
      ${n.map(({name:r,url:o,seed:l})=>d`
        <button type="button" title=${r} aria-label=${r}
          @click=${()=>l?this.#n(l,r):this.#s(o,r)}>
          <img alt="" loading="lazy" src=${o}></button>`)}
    </div>`:h}async take(t){try{return this.file=await he(t,this.spec),this.dispatchEvent(new CustomEvent("lucid-edit")),!0}catch(e){return this.file=null,this.player.report(e,this.input),!1}}async#i(t){let e=t.currentTarget,[s]=e.files??[];s&&await this.takeNew(s),e.value=""}async takeNew(t){await this.take(t)&&this.file&&this.spec.kind==="image"&&this.player.keepSeed(this.file)}async#s(t,e){try{let s=await fetch(t);if(!s.ok)throw new $("gallery",a`${e}: the server answered ${s.status}`);await this.#n(await s.blob(),e)}catch(s){this.player.report(s,this.input)}}#n(t,e){return this.take(new File([t],e,{type:t.type}))}#r(t){t.preventDefault(),this.over=!this.disabled}#o(t){t.preventDefault(),t.stopPropagation(),this.over=!1;let[e]=t.dataTransfer?.files??[];e&&!this.disabled&&this.takeNew(e)}async#a(){try{let[t,e]=this.spec.size??[1280,720];this.camera=await navigator.mediaDevices.getUserMedia({video:{width:{ideal:t},height:{ideal:e}}})}catch(t){let e=t instanceof DOMException?t.message:String(t);this.player.report(new $("webcam",a`the webcam cannot be used: ${e}`,a`allow it in the browser's address bar, or upload a picture`),this.input)}}async#l(){let t=this.querySelector(".webcam");try{let e=await createImageBitmap(t);this.#c();let s=new OffscreenCanvas(e.width,e.height);s.getContext("2d")?.drawImage(e,0,0);let n=await s.convertToBlob();await this.takeNew(new File([n],"webcam.png",{type:"image/png"}))}catch(e){let s=e instanceof DOMException?e.message:String(e);this.player.report(new $("webcam",a`the webcam gave no picture: ${s}`,a`try again`),this.input)}}#c(){for(let t of this.camera?.getTracks()??[])t.stop();this.camera=null}#d(t){let e=this.urls.get(t)??URL.createObjectURL(t);return this.urls.set(t,e),e}};function Ai(i,t){let e=[...t?.files??[]].find(({type:r})=>r.startsWith("image/")),n=[...i.querySelectorAll("lucid-seed")].find(({spec:r,disabled:o})=>r.kind==="image"&&!o);return!e||!n?!1:(n.takeNew(e),!0)}function pa({kind:i,size:t}){let e=i==="image"?a`Choose, drop or paste an image`:a`Choose or drop a file`;return t?a`${e}, cropped to ${t.join("\xD7")}`:e}customElements.define("lucid-seed",Ei);var ua=1500,Ti=class extends b{static properties={...b.properties,spec:{attribute:!1},busy:{state:!0},sent:{state:!0}};constructor(){super(),this.spec,this.busy=!1,this.sent=!1,this.args=[]}willUpdate(t){t.has("spec")&&(this.args=Y(this.spec.arguments))}render(){let{spec:t,args:e,player:s}=this,n=_(t),[r]=e,o=e.length===1,l=this.busy||!this.view.open||!s.session?.accepts(t),c=o&&r.kind==="text";return r?.kind==="capture"?d`<div class="control" data-input=${t.name}>
        <lucid-capture .player=${s} .view=${this.view} .spec=${r.schema.capture}
          .label=${n} .name=${t.name} .disabled=${l}></lucid-capture></div>`:d`
      <form class="control" data-input=${t.name} ?data-sent=${this.sent} ?data-busy=${this.busy}
        @submit=${this.#t}>
        <fieldset ?disabled=${l}>
          ${e.length>1?d`<legend>${n}</legend>`:h}
          ${c?d`<lucid-prompt .player=${s} .view=${this.view} .argument=${r}
                .label=${n} .disabled=${l}></lucid-prompt>`:e.map(p=>Rn(p,{label:o?n:p.label,disabled:l,input:this,onEdit:o?()=>this.form.requestSubmit():()=>{}}))}
          ${e.length===0?d`<button>${n}</button>`:h}
          ${e.length>1?d`<button>${a`Apply`}</button>`:h}
          ${On(this.view,t.name)}
        </fieldset>
      </form>`}get form(){return this.querySelector("form")}#t(t){t.preventDefault(),this.#e()}async#e(){let{session:t}=this.player;if(!t?.accepts(this.spec))return;let e=this.args.map(s=>[s.name,jn(s,this)]);this.busy=e.some(([,s])=>s instanceof Promise);try{let s=this.busy?await fa(e):e;t.sendInput(this.spec.name,Object.fromEntries(s.filter(ma))),this.#i(),this.sent=!0,setTimeout(()=>this.sent=!1,ua)}catch(s){this.player.report(s,this.spec.name)}this.busy=!1}#i(){let[t]=this.args;if(this.args.length===1&&t.kind==="text"){let e=this.querySelector("textarea");this.player.keepPrompt(e.value)}}};function fa(i){return Promise.all(i.map(async([t,e])=>[t,await e]))}function ma([,i]){return i!==void 0}customElements.define("lucid-input",Ti);var Mi=2e4,ga=50,Ci=24,[zn,Oi]=[100,24],ba=.1,ke=class{#t=new Map;#e=[];#i=0;add(t,e){this.#i=e,this.#e=Dn("",t);let s=new Set(this.#e.map(({name:n})=>n));for(let n of this.#t.keys())s.has(n)||this.#t.delete(n);for(let n of this.#e.slice(0,Ci))typeof n.value=="number"&&this.#s(n.name,n.value)}render(){let t=this.#e.length-Ci;return d`
      <dl class="values">${this.#e.slice(0,Ci).map(({name:e,value:s})=>d`
        <div data-value=${e}>${e?d`<dt>${T(e)}</dt>`:h}
          ${typeof s=="number"?this.#n(e):h}
          <dd>${Pi(s)}</dd></div>`)}
      </dl>
      ${t>0?d`<p class="muted">${a`and ${t} more`}</p>`:h}`}#s(t,e){let s=this.#t.get(t)??[],n=s.at(-1),r={at_ms:this.#i,value:e};for(n&&s.length>1&&r.at_ms-s[s.length-2].at_ms<ga?s[s.length-1]=r:s.push(r);s.length>2&&s[1].at_ms<this.#i-Mi;)s.shift();this.#t.set(t,s)}#n(t){let e=this.#t.get(t)??[],s=e.map(({value:c})=>c),[n,r]=[Math.min(...s),Math.max(...s)],o=Math.max(r-n,ba*Math.max(Math.abs(n),Math.abs(r))),l=e.map(({at_ms:c,value:p})=>{let f=zn*(1-(this.#i-c)/Mi),u=o>0?(p-(n+r)/2)/o:0;return`${f.toFixed(1)},${(Oi/2-u*(Oi-4)).toFixed(1)}`}).join(" ");return d`<svg viewBox="0 0 ${zn} ${Oi}" preserveAspectRatio="none" aria-hidden="true">
      <title>${a`${Pi(n)} to ${Pi(r)} in the last ${Mi/1e3} s`}</title>
      ${v`<polyline points=${l} vector-effect="non-scaling-stroke"/>`}</svg>`}};function Dn(i,t){return typeof t!="object"||t===null||Array.isArray(t)?[{name:i,value:t}]:Object.entries(t).flatMap(([e,s])=>Dn(i?`${i} ${e}`:e,s))}function Pi(i){return typeof i=="string"?i:typeof i!="number"||Number.isInteger(i)?JSON.stringify(i):String(Number(i.toPrecision(4)))}var ya=100,Li=class extends b{static properties={...b.properties,output:{attribute:!1},value:{state:!0}};constructor(){super(),this.output,this.value=void 0,this.values=new ke,this.timer=0,this.url=""}render(){let{output:t}=this;return d`
      <section class="readout" data-output=${t.name}>
        <h2>${_(t)}</h2>
        ${t.kind==="video"?d`<video autoplay muted playsinline data-output=${t.name}></video>`:t.kind==="json"?this.values.render():this.#e()}
      </section>`}firstUpdated(){let{name:t,kind:e}=this.output;e==="video"?this.player.media.add(t,this.querySelector("video")):this.player.readouts.set(t,s=>e==="json"?this.#t(s):this.value=s)}disconnectedCallback(){super.disconnectedCallback(),clearTimeout(this.timer)}#t(t){this.values.add(t,performance.now()),this.timer||=setTimeout(()=>{this.timer=0,this.requestUpdate()},ya)}#e(){let{output:t,value:e}=this;if(t.kind!=="bytes"||!e)return"";let s=d`<span class="muted">${t.mime_type} · ${it(e.length)}</span>`;return t.mime_type.startsWith("image/")?(URL.revokeObjectURL(this.url),this.url=URL.createObjectURL(new Blob([e],{type:t.mime_type})),d`<img alt=${_(t)} src=${this.url}>${s}`):s}};customElements.define("lucid-readout",Li);var Ri=class extends b{render(){let{player:t,view:e}=this,s=e.hello?.manifest;if(!s)return h;let[n,r]=[ht(e),ai(e)],o=ue(e),l=n.filter(f=>!o.includes(f)),c=f=>oi(f,({name:u})=>`${p} ${u}`,u=>d`
      <lucid-input .player=${t} .view=${e} .spec=${u}></lucid-input>`),p=e.hello?.session_id??"";return d`
      <section id="panel" aria-label=${a`World`} tabindex="0" ?hidden=${!q(e)}>
        ${s.model.description?d`<p class="about">${s.model.description}</p>`:h}
        ${o.length+s.presets.length?d`<section id="start" class="group" aria-labelledby="start-title">
          <header><h2 id="start-title">${a`Start`}</h2>
            <button type="button" class="small" id="reset" ?disabled=${!me(e)}
              @click=${()=>t.reset()}>${E("reset")}${a`Reset the world`}</button></header>
          ${s.presets.length?d`<div class="chips" role="group" aria-label=${a`Starts`}>
            ${s.presets.map(f=>d`<button type="button" class="chip"
              ?disabled=${!S(e)||!e.open} @click=${()=>F(t,f)}>
              ${f.name}</button>`)}</div>`:h}
          ${c(o)}</section>`:h}
        ${l.length?d`<div id="forms" class="group">${c(l)}</div>`:h}
        ${r.length?d`<div id="readouts" class="group">${oi(r,({name:f})=>`${p} ${f}`,f=>d`<lucid-readout .player=${t} .view=${e} .output=${f}>
            </lucid-readout>`)}</div>`:h}
        ${ut(e)}
      </section>`}};customElements.define("lucid-panel",Ri);var Bn=60,Hn=48,Nn=()=>[{title:a`Input to picture`,unit:"ms",of:({latency_ms:i})=>i},{title:a`Frame interval, p95`,unit:"ms",of:({interval_p95_ms:i})=>i},{title:a`Frames`,unit:"fps",of:({fps:i})=>i},{title:a`Bit rate`,unit:"Mbit/s",of:({bitrate_bps:i})=>i&&i/1e6}],_e,ji=class extends b{constructor(){super(),this.past=[],this.plots=[]}async connectedCallback(){super.connectedCallback(),!_e&&(_e=(await import("./vendor/uplot.js")).default,this.requestUpdate())}willUpdate(t){let{figures:e}=this.view;!e||t.get("view")?.figures===e||(this.past=[...this.past,e].slice(-Bn))}render(){let{player:t,view:e}=this;return d`
      <section id="figures-panel" aria-label=${a`Figures`}>
        <header><h2>${a`Figures`}</h2>
          ${x("close",a`Close the figures`,()=>t.set({measuring:!1}))}</header>
        <dl>${va(e.figures,e.wire).map(([s,n])=>d`
          <div><dt>${s}</dt><dd data-figure=${s}>${n}</dd></div>`)}</dl>
        <div class="graphs" aria-hidden="true">
          ${Nn().map(({title:s,unit:n})=>d`
            <figure><figcaption>${s}<span>${n}</span></figcaption><div class="graph"></div></figure>`)}
        </div>
      </section>`}updated(){if(!_e)return;let t=this.querySelectorAll(".graph");!this.plots.length&&this.isConnected&&(this.plots=[...t].map(s=>wa(s)));let e=this.past.map((s,n)=>n-this.past.length+1);this.plots.forEach((s,n)=>{let r=t[n].clientWidth;r&&r!==s.width&&s.setSize({width:r,height:Hn}),s.setData([e,this.past.map(o=>Nn()[n].of(o))])})}disconnectedCallback(){super.disconnectedCallback();for(let t of this.plots)t.destroy();this.plots=[]}};function wa(i){let t=getComputedStyle(i),e=t.getPropertyValue("--accent");return new _e({width:i.clientWidth||250,height:Hn,legend:{show:!1},cursor:{show:!1},padding:[6,0,6,0],scales:{x:{time:!1,range:[1-Bn,0]},y:{range:(s,n,r)=>[0,(r||1)*1.15]}},axes:[{show:!1},{size:34,gap:2,stroke:t.getPropertyValue("--muted"),font:"10px system-ui",ticks:{show:!1},grid:{stroke:t.getPropertyValue("--line"),width:1},splits:(s,n,r,o)=>[r,o/1.15],values:(s,n)=>n.map(r=>r.toFixed(r===0||r>=10?0:1))}],series:[{},{stroke:e,width:1.5,fill:`${e}22`,points:{show:!1}}]},[[],[]],i)}function va(i,t){let e=(r,o,l=0)=>r==null?"\u2013":`${r.toFixed(l)} ${o}`,s=i?.gpu,n=1024**3;return[[a`Input to picture`,e(i?.latency_ms,"ms")],[a`Frames shown`,e(i?.fps,"fps")],[a`Frame interval`,e(i?.interval_ms,"ms",1)],[a`Frame interval, p95`,e(i?.interval_p95_ms,"ms",1)],[a`Model step`,e(i?.step_ms,"ms",1)],[a`Bit rate`,e(i?.bitrate_bps&&i.bitrate_bps/1e6,"Mbit/s",2)],[a`Packets lost`,e(i?.loss===null?null:(i?.loss??0)*100,"%",1)],[a`Connection`,t==="socket"?"TCP (WebSocket)":t?"UDP (WebRTC)":"\u2013"],[a`Round trip`,e(i?.rtt_ms,"ms")],[a`GPU memory`,s?`${(s.used_bytes/n).toFixed(1)} / ${(s.total_bytes/n).toFixed(1)} GiB`:"\u2013"],[a`Picture`,i?.width?`${i.width}\xD7${i.height} ${i.codec}`:"\u2013"]]}customElements.define("lucid-figures",ji);var xa=5,Ii=class extends b{static properties={...b.properties,chosen:{state:!0},branch:{state:!0},making:{state:!0}};constructor(){super(),this.chosen=null,this.branch=null,this.making=!1}connectedCallback(){super.connectedCallback(),S(this.view)&&this.player.takeaway.readBranches()}render(){let{player:t,view:e,chosen:s}=this,{shots:n,branches:r}=t.film??{shots:[],branches:[]},o=r.find(({number:c})=>c===this.branch),l=X(e.hello?.manifest.inputs??[])&&S(e)&&e.open;return d`<section id="film" aria-label=${a`Filmstrip`}>
      <div class="beside">
        <button type="button" class="small" id="clip" ?disabled=${!e.pictured}
          @click=${()=>t.takeaway.saveClip("mp4")}>${a`Save the last 30 s`}</button>
        <button type="button" class="small" ?disabled=${!e.pictured||this.making} title=${a`Save the last 30 s as a GIF`}
          aria-label=${a`Save the last 30 s as a GIF`} @click=${()=>this.#t()}>GIF</button>
        ${s?d`
          ${S(e)&&e.open&&s.frame>=0?d`<button type="button" class="small primary"
            @click=${()=>this.#e(s)}>${a`Go back to here`}</button>`:h}
          ${l?d`<button type="button" class="small primary" @click=${()=>this.#i(s)}>
            ${a`Restart from here`}</button>`:h}
          <button type="button" class="small" @click=${()=>t.takeaway.savePicture(s.blob)}>${a`Save the picture`}</button>`:o?d`
          <button type="button" class="small primary" ?disabled=${!S(e)||!e.open}
            @click=${()=>t.takeaway.returnTo(o)}>${a`Return to this branch`}</button>
          <button type="button" class="small" @click=${()=>t.set({dialog:"compare",compared:o.number})}>
            ${a`Compare`}</button>`:d`<span class="muted">${n.length?a`Choose a picture to go back to it.`:a`Play a few seconds.`}</span>`}
        <span class="spacer"></span>
        <button type="button" class="small" @click=${()=>t.set({dialog:"saved"})}>${a`Saved`}</button>
        ${x("close",a`Close the filmstrip`,()=>t.set({film:!1}))}
      </div>
      <div class="shots" role="group" aria-label=${a`Pictures, the newest first`} tabindex="0">
        ${n.slice().reverse().map(c=>d`
          <button type="button" aria-label=${c.at.toLocaleTimeString()} title=${c.at.toLocaleTimeString()}
            aria-pressed=${String(c===s)} @click=${()=>[this.chosen,this.branch]=[c,null]}>
            <img alt="" loading="lazy" src=${c.url}></button>`)}
      </div>
      ${r.length?d`<div class="branches"><h3>${a`Branches`}</h3>
        <div class="shots" role="group" aria-label=${a`Branches, the newest first`} tabindex="0">${r.slice().reverse().map(c=>d`<button type="button" aria-pressed=${String(c===o)} @click=${()=>[this.chosen,this.branch]=[null,c.number]}>
            ${c.shots.length?d`<img alt="" src=${c.shots.at(-1).url}>`:h}
            <span>${a`${$a(c.start_s)}, ${Math.round(c.length_s)} s long`}</span></button>`)}</div></div>`:h}
      </section>`}async#t(){this.making=!0,await this.player.takeaway.saveClip("gif"),this.making=!1}async#e(t){this.chosen=null;let e=X(this.view.hello?.manifest.inputs??[]);await this.player.takeaway.rewind(t.frame,e?xa:1/0)===!1&&this.#i(t)}#i({at:t,blob:e}){let s=X(this.view.hello?.manifest.inputs??[]);if(!s)return;let{spec:n,argument:r}=s;F(this.player,{name:t.toLocaleTimeString(),inputs:{[n.name]:{[r.name]:e}}}),this.chosen=null}},$a=i=>`${Math.floor(i/60)}:${String(Math.floor(i%60)).padStart(2,"0")}`;customElements.define("lucid-film",Ii);var ka=i=>({keyboard:{pointer:a`Mouse`,wheel:a`Wheel`},gamepad:{pointer:a`Right stick`,wheel:""},touch:{pointer:a`Drag the picture`,wheel:""}})[i],_a=14,qn=/(Shift|Control|Alt|Meta)Right$/,Ui=class extends b{constructor(){super(),this.pointers=new Map,this.listeners=new AbortController}connectedCallback(){super.connectedCallback(),this.listeners=new AbortController;let t={signal:this.listeners.signal,capture:!0},e=({pointerId:s})=>{let n=this.pointers.get(s);n&&this.player.controls?.release(n.name,n.end),this.pointers.delete(s)};addEventListener("pointerup",e,t),addEventListener("pointercancel",e,t)}disconnectedCallback(){super.disconnectedCallback(),this.listeners.abort(),this.pointers.clear(),this.player.controls?.releaseAll("screen:")}render(){let{player:t,view:e}=this,s=(e.hello?.manifest.inputs??[]).filter(({binding:c})=>c),n=t.controls?.bound??[],r=bt(n),o=Object.values(r).every(c=>c.length===1),l=new Set(o?Object.values(r).flat().map(Fn):[]);return d`
      <div id="keys" role="group" aria-label=${a`Controls`}>
        ${o?d`<div class="cross" ?hidden=${e.device==="touch"}>
          ${["up","left","down","right"].map(c=>d`<span class=${c}>${this.#e(s,r[c][0],n,!1)}</span>`)}
        </div>`:h}
        <div class="row">
          ${s.map(c=>this.#t(c,n,l))}
        </div>
      </div>`}#t(t,e,s){let n=t.binding?.kind;if(n==="pointer"||n==="wheel"){let o=ka(this.view.device)[n];return o&&(this.view.device!=="touch"||this.view.tips&&S(this.view))?d`<span class="motion" data-input=${t.name}><kbd>${o}</kbd>
        ${_(t)}</span>`:h}return B(t).filter(o=>!s.has(Fn({name:t.name,end:o}))).map(o=>this.#e([t],{name:t.name,end:o},e,!0))}#e(t,{name:e,end:s},n,r){let{player:o,view:l}=this,c=t.find(y=>y.name===e);if(!c)return h;let p=l.device==="gamepad"?["pad:"]:["key:","mouse:"],f=l.device==="touch"?[]:n.filter(y=>y.name===e&&y.end===s&&p.some(C=>y.source.startsWith(C))).map(({source:y})=>y).filter((y,C,D)=>!qn.test(y)||!D.includes(y.replace(qn,"$1Left"))).map(G),u=f.slice(0,r?2:1),g=c.binding?.kind==="axis"?`${_(c)} ${s>0?"+":"\u2212"}`:_(c),w=l.device==="touch"&&g.length>_a?T(e):g,k=l.held[e]?.has(s)??!1,P=()=>o.controls?.press(e,s),z=()=>o.controls?.release(e,s),A=!S(l)||!l.open||l.state==="paused"&&!c.paused;return A&&k&&queueMicrotask(z),d`
      <button type="button" class="key" data-input=${e} ?data-held=${k} ?disabled=${A}
        data-end=${s} title=${g}
        aria-label=${[...u,g].join(" ")}
        aria-pressed=${c.binding?.kind==="press"?h:String(k)}
        @pointerdown=${y=>{y.button===0&&(this.pointers.set(y.pointerId,{name:e,end:s}),P())}}
        @blur=${z} @keyup=${z}
        @contextmenu=${y=>y.preventDefault()}
        @keydown=${y=>{y.repeat||j(y)||!["Space","Enter"].includes(y.code)||(y.preventDefault(),P())}}>
        ${u.map(y=>d`<kbd>${y}</kbd>`)}
        ${r||!f.length?d`<span>${w}</span>`:h}
      </button>`}};function Fn({name:i,end:t}){return`${i}:${t}`}customElements.define("lucid-overlay",Ui);function Gn(i,t){let e=o(i);if(!e)return h;let{title:s,line:n="",button:r}=e;if(i.state==="queued"&&i.pictured)return d`<div id="queue" role="status"><h2 id="veil-title">${s}</h2>
      <p id="veil-line">${n}</p>${Wn(i,t)}</div>`;return d`
    <div id="veil">
      ${i.state==="loading"||i.state==="connecting"||i.state==="ready"?d`<i class="spinner" aria-hidden="true"></i>`:h}
      <h2 id="veil-title">${s}</h2>
      ${n?d`<p id="veil-line">${n}</p>`:h}
      ${Wn(i,t)}
      ${i.state==="loading"?Ma(i):h}
      ${i.error&&i.error.code!=="session.turn"?d`<div role="alert">${wi(i.error,t)}</div>`:h}
      ${r?d`<div class="beside">
        <button id="restart" type="button" class="primary" @click=${r.act}>${r.text}</button>
        ${Aa(i)?d`<button id="reload" type="button"
          @click=${()=>t.reload()}>${a`Reload the model`}</button>`:h}
      </div>`:h}
      ${i.state==="failed"&&i.log?Ta(i.log):h}
    </div>`;function o({state:l,retry_s:c,hello:p}){let f={text:a`Play again`,act:()=>t.restart()};switch(l){case"connecting":return{title:a`Connecting`};case"queued":return{title:Jn(i),line:[i.pictured?a`You are watching the player.`:a`Someone else is playing.`,Vn(i),a`Your turn starts by itself.`].join(" ")};case"loading":return{title:p?a`Loading ${p.manifest.model.name}`:a`Loading`};case"ready":return{title:a`Starting`};case"disconnected":return dt(i)?null:{title:a`Connection lost`,line:p?.resume_token?a`Trying again in ${c} s. The server keeps your session for 30 s.`:a`Trying again in ${c} s.`,button:{text:a`Try now`,act:()=>t.retryNow()}};case"ended":return i.error?.code==="session.turn"?{title:a`Your turn is over`,line:a`Others were waiting. You can wait for your next turn.`,button:{...f,text:a`Join the queue`}}:{title:a`The session is over`,button:f};case"failed":return{title:Ea(i),button:Sa.includes(i.error?.code??"")?void 0:f};default:return null}}}function Wn({start:i},t){return i?d`<p id="chosen">${a`Your start: ${i.name}`}
    <button type="button" class="link" @click=${()=>t.set({first:!0})}>${a`Change`}</button></p>`:h}function Yn(i){return i.state!=="queued"?pe(i):`${Jn(i)}. ${Vn(i)}`}function Jn({position:i}){return i===1?a`You are next`:a`You are number ${i} in the queue`}function Vn({wait_ends_ms:i}){if(i===null)return"";let t=Math.ceil((i-performance.now())/6e4);return t>1?a`About ${t} min.`:a`Less than a minute.`}var Sa=["session.unknown","session.removed"];function Ea({error:i}){switch(i?.code){case"model.load":case"target":return a`The model could not be loaded`;case"model.process":case"model.rank":return a`The model stopped`;case"connection.refused":return a`The server does not know this address`;case"session.token":case"session.unknown":return a`This address is no longer valid`;case"session.queue_full":return a`Too many players are waiting`;case"session.sharing":case"session.removed":return a`You cannot join this session`;case"media.unreachable":return a`No picture reaches this browser`;default:return a`The session failed`}}function Aa({state:i,error:t,hello:e}){return i==="failed"&&e?.role==="player"&&["model.load","target","session.failed","session.timeout"].includes(t?.code??"")}function Ta(i){return d`<article class="card log"><details open><summary>${a`The end of the server's log`}</summary>
    <pre tabindex="0" aria-label=${a`Log`}>${i}</pre></details></article>`}function Ma({stages:i}){if(!i.length)return d`<progress id="veil-progress" aria-label=${a`Loading`}></progress>`;let t=i[i.length-1];return d`
    <progress id="veil-progress" max="1" aria-label=${a`Loading`}
      value=${t.fraction??h}></progress>
    <ol class="stages">
      ${i.map(e=>d`
        <li ?data-now=${e===t}>
          <span>${T(e.name)}</span>
          <span class="figure">${Ca(e)}</span>
        </li>`)}
    </ol>`}function Ca({fraction:i,since_ms:t,until_ms:e,last_s:s}){let r=`${i===null||e!==null?"":`${Math.floor(i*100)} % \xB7 `}${jt((e??performance.now())-t)}`;return e!==null||s===null?r:a`${r}, last time ${jt(s*1e3)}`}function Kn(i){let t=Oa(i);return t?d`<div id="still"><div role="status">
    <i class="spinner" aria-hidden="true"></i>
    <p><b>${t.title}</b>${t.line}</p>
  </div></div>`:h}function Oa(i){if(dt(i))return{title:a`The connection was lost`,line:a`Your session is kept. Connecting again.`};if(gn(i))return{title:a`The server has not answered for ${jt(i.silent_ms)}`,line:a`Check the network between this device and the server.`};let t=Pt(i);if(t===null)return null;if(mn(i))return{title:a`Going back for ${jt(t*1e3)}`,line:a`The model makes the steps up to there again.`};let e=i.figures?.usual_ms??null;return{title:a`The model has been thinking for ${jt(t*1e3)}`,line:e===null?a`The first step is often slow: it may compile the model.`:a`Usually it takes ${Pa(e)} a frame.`}}function Pa(i){return i<1e3?a`${Math.max(1,Math.round(i))} ms`:a`${(i/1e3).toFixed(1)} s`}function jt(i){let t=Math.round(i/1e3);return t<60?a`${t} s`:a`${Math.floor(t/60)} min ${t%60} s`}var zi=class extends b{constructor(){super(),this.urls=new Map}render(){let{player:t,view:e}=this,s=this.#t();if(!s.length)return h;let n=e.state!=="running"&&e.state!=="paused",r=X(e.hello?.manifest.inputs??[]);return d`<section id="starts" aria-labelledby="starts-title">
      <h2 id="starts-title">${a`Where do you want to start?`}</h2>
      ${n?d`<p class="muted" role="status">${Yn(e)}</p>`:h}
      <div class="tiles" role="group" aria-label=${a`Starts`}>
        <div class="chips">${s.filter(({url:o})=>!o).map(o=>d`
          <button type="button" class="chip" aria-label=${a`Start: ${o.name}`}
            @click=${()=>F(t,o)}>${o.name}</button>`)}</div>
        ${s.filter(({url:o})=>o).map(({url:o,...l})=>d`
          <button type="button" class="tile" aria-label=${a`Start: ${l.name}`}
            @click=${()=>F(t,l)}>
            <img alt="" loading="lazy" src=${o}><span>${l.name}</span></button>`)}
      </div>
      <div class="beside">
        ${r?d`<label class="own">${E("image")}${a`Your own picture`}
          <input type="file" class="unseen" accept=${r.argument.schema.file.mime_types.join(",")}
            @change=${this.#e}></label>`:h}
        <button type="button" class="primary" @click=${()=>t.set({first:!1})}>
          ${n?a`Decide later`:a`Just play`}</button>
      </div>
    </section>`}disconnectedCallback(){super.disconnectedCallback();for(let t of this.urls.values())URL.revokeObjectURL(t);this.urls.clear()}#t(){let{hello:t,kept:e}=this.view,s=this.player.session?.server;if(!t||!s)return[];let{inputs:n,presets:r}=t.manifest,o=(w,k,P)=>Ot(s,w,k,P),l=r.map(({name:w,inputs:k})=>{let P=Object.entries(k).flatMap(([A,y])=>Object.entries(y).filter(([C])=>n.find(D=>D.name===A)?.arguments.properties?.[C]?.file).map(([C,D])=>o(A,C,String(D)))),z=Object.keys(k).length>1;return{name:w,inputs:k,url:z?"":P[0]??""}}),c=X(n);if(!c)return l;let{spec:{name:p},argument:{name:f,schema:u}}=c,m=e.seeds.map((w,k)=>({name:a`Used before, ${k+1}`,inputs:{[p]:{[f]:w}},url:this.#i(w)})),g=u.file.gallery.map(w=>({name:T(w.replace(/\.[^.]*$/,"")),inputs:{[p]:{[f]:w}},url:o(p,f,w)}));return[...l,...m,...g]}#e(t){let e=X(this.view.hello?.manifest.inputs??[]),[s]=t.currentTarget.files??[];if(!s||!e)return;let{spec:n,argument:r}=e;this.player.keepSeed(s),F(this.player,{name:s.name,inputs:{[n.name]:{[r.name]:s}}})}#i(t){let e=this.urls.get(t)??URL.createObjectURL(t);return this.urls.set(t,e),e}};customElements.define("lucid-starts",zi);var Me="dynamic",Se="semi",Di="static",La=typeof window<"u"&&"ontouchstart"in window,Xn={start:"mousedown",move:"mousemove",end:"mouseup, mouseleave",pressure:"webkitmouseforcechanged"},Te,ir;typeof window<"u"&&window.PointerEvent?Te={start:"pointerdown",move:"pointermove",end:"pointerup, pointercancel, pointerleave",pressure:"webkitmouseforcechanged"}:La?(Te={start:"touchstart",move:"touchmove",end:"touchend, touchcancel",pressure:"webkitmouseforcechanged"},ir=Xn):Te=Xn;var Qn=Te,Ee=ir,mt=Math.PI/4,Zn=Math.PI/2,Ae=(i,t)=>{let e=t.x-i.x,s=t.y-i.y;return Math.sqrt(e*e+s*s)},Bi=i=>i*(Math.PI/180),Ra=i=>i*(180/Math.PI),Ni=new Map,tr=i=>{Ni.has(i)&&clearTimeout(Ni.get(i)),Ni.set(i,setTimeout(i,100))},Ce=(i,t,e)=>{let s=t.split(/[ ,]+/g);for(let n=0;n<s.length;n+=1)i.addEventListener(s[n],e,!1)},Oe=(i,t,e)=>{let s=t.split(/[ ,]+/g);for(let n=0;n<s.length;n+=1)i.removeEventListener(s[n],e)},sr=i=>"force"in i?i.force:"pressure"in i?i.pressure:"webkitForce"in i?i.webkitForce/3:"buttons"in i&&i.buttons!==0?1:0,nr=(i,t)=>({identifier:"identifier"in t?t.identifier:"pointerId"in t?t.pointerId:1,isTouch:"touches"in i||"changedTouches"in i,position:{x:t.pageX,y:t.pageY},pressure:sr(t),type:i.type,initial:i,raw:t}),Hi=()=>({x:window.scrollX,y:window.scrollY}),er=(i,t)=>{let{left:e,top:s,right:n,bottom:r,x:o,y:l}=t;s||n||r||e?U(i.style,{top:s,right:n,bottom:r,left:e}):(R(o)||R(l))&&U(i.style,{left:R(o)?`${o}px`:void 0,top:R(l)?`${l}px`:void 0})},It=(i,t="")=>({[i]:t}),U=(i,t)=>{for(let e in t)Object.hasOwn(t,e)&&(i[e]=t[e]);return i},R=i=>typeof i=="number"&&!isNaN(i),Z={debug:0,info:1,warning:2,error:3,none:4},gt="warning",qi=class{constructor(i){this.uid=0,this.index=0,this.name="super",this._domHandlers_=new Map,this._handlers_={},this.name=i,this.log("construct",this.name,this.index)}mapOnEvents(i,t){let e=i.split(/[ ,]+/g);for(let s=0;s<e.length;s+=1)t(e[s])}on(i,t){this.mapOnEvents(i,(e=>{this._handlers_[e]=this._handlers_[e]||new Set,this._handlers_[e].add(t)}))}off(i,t){i===void 0?this._handlers_={}:this.mapOnEvents(i,(e=>{t===void 0?this._handlers_[e]=new Set:this._handlers_[e]&&this._handlers_[e].delete(t)}))}trigger(i,t){this.mapOnEvents(i,(e=>{this.log(`- "${e}" [trigger]`);let s=this._handlers_[e];if(s&&s.size){let n=[...s];for(let r of n)r.call(this,{type:e,target:this,data:t})}}))}bindEvt(i,t,e){let s=n=>{for(let r of(o=>{o.type.toLowerCase().includes("move")&&o.preventDefault();let l=[];if("changedTouches"in o)for(let c of Array.from(o.changedTouches))c&&l.push(c);else l.push(o);return l.map((c=>nr(o,c)))})(n))this.log(`- "${t}" [dom:trigger:${r.identifier}]`),e.call(this,r)};this._domHandlers_.set(e,s),Ce(i,Qn[t],s),Ee?.[t]&&Ce(i,Ee[t],s)}unbindEvt(i,t,e){let s=this._domHandlers_.get(e);s?(Oe(i,Qn[t],s),Ee?.[t]&&Oe(i,Ee[t],s),this._domHandlers_.delete(e)):this.error(`Internal handler not found for event ${t}.`,e)}logPrefix(){return{super:"",joystick:"  ",collection:"    ",factory:"      "}[this.name]}logSuffix(){return`[${this.name}|${this.uid}]`}static get logLevel(){return gt}static set logLevel(i){gt=i}log(...i){Z[gt]<=Z.debug&&console.log(this.logPrefix(),...i,this.logSuffix())}info(...i){Z[gt]<=Z.info&&console.info(this.logPrefix(),...i,this.logSuffix())}warn(...i){Z[gt]<=Z.warning&&console.warn(this.logPrefix(),...i,this.logSuffix())}error(...i){Z[gt]<=Z.error&&console.error(this.logPrefix(),...i,this.logSuffix())}},rr=class or extends qi{constructor(t,e){super("joystick"),this.direction={},this.defaults={size:100,threshold:.1,color:"white",fadeTime:250,dataOnly:!1,restJoystick:!0,restOpacity:.5,mode:"dynamic",zone:document.body,lockX:!1,lockY:!1,shape:"circle"},this.position=e.position,this.frontPosition=e.frontPosition,this.collection=t,this.options={...this.defaults,...e},this.options.mode==="dynamic"&&(this.options.restOpacity=0),this.uid=or.index++,this.ui={el:document.createElement("div"),back:document.createElement("div"),front:document.createElement("div")}}init(){this.options.dataOnly||this.buildEl(),this.trigger("added",this),this.trigger("joystickCreated",this)}get identifier(){return this._identifier}set identifier(t){R(t)?(this._identifier=t,this.trigger("attached",{collection:this.collection,joystick:this,identifier:t})):(this.trigger("detached",{collection:this.collection,joystick:this,identifier:this._identifier}),this._identifier=void 0)}resolveColors(){let t=this.options.color;return typeof t=="object"&&t!==null?t:{front:t,back:t}}buildEl(){this.ui.el.className=`joystick collection_${this.collection.uid}`,this.ui.back.className="back",this.ui.front.className="front",this.ui.el.setAttribute("id",`joystick_${this.collection.uid}_${this.uid}`),this.ui.el.appendChild(this.ui.back),this.ui.el.appendChild(this.ui.front);let t=`${this.options.fadeTime}ms`,e=It("borderRadius","50%"),s=It("transition",`opacity ${t}`),n=this.resolveColors();U(this.ui.el.style,{position:"absolute",opacity:this.options.restOpacity.toString(),display:"block",zIndex:"999",touchAction:"none",userSelect:"none",...s}),U(this.ui.back.style,{position:"absolute",display:"block",width:`${this.options.size}px`,height:`${this.options.size}px`,left:"0",marginLeft:-this.options.size/2+"px",marginTop:-this.options.size/2+"px",background:n.back,...this.options.shape==="circle"?e:{}}),U(this.ui.front.style,{width:this.options.size/2+"px",height:this.options.size/2+"px",position:"absolute",display:"block",left:"0",marginLeft:-this.options.size/4+"px",marginTop:-this.options.size/4+"px",background:n.front,opacity:".5",transform:"translate(0px, 0px)",...e})}get pressure(){return this._pressure??0}set pressure(t){t!==this._pressure&&(this._pressure=t,this.trigger("pressure",t))}startPressureInterval(t){this.pressureInterval||(this.pressureInterval=window.setInterval((()=>{this.pressure=sr(t)}),100))}stopPressureInterval(){clearInterval(this.pressureInterval),this.pressureInterval=void 0}addToDom(){this.options.dataOnly||this.options.zone.contains(this.ui.el)||this.options.zone.appendChild(this.ui.el)}removeFromDom(){!this.options.dataOnly&&this.options.zone.contains(this.ui.el)&&this.options.zone.removeChild(this.ui.el)}clearTimeouts(){clearTimeout(this.removeTimeout),clearTimeout(this.showTimeout),clearTimeout(this.restTimeout),clearTimeout(this.activeTimeout),this.removeTimeout=void 0,this.showTimeout=void 0,this.restTimeout=void 0,this.activeTimeout=void 0}start(t,e){this.trigger("start",this),this.clearTimeouts(),this.options.dataOnly?typeof e=="function"&&e.call(this):(this.addToDom(),this.startPressureInterval(t),requestAnimationFrame((()=>{this.ui.el.style.opacity="1"})),this.showTimeout=window.setTimeout((()=>{this.showTimeout=void 0,this.trigger("shown",this),typeof e=="function"&&e.call(this)}),this.options.fadeTime))}end(t){if(this.resetDirection(),this.clearTimeouts(),this.stopPressureInterval(),this.pressure=0,this.trigger("end",this),this.options.dataOnly)typeof t=="function"&&t.call(this);else{if(this.ui.el.style.opacity=this.options.restOpacity.toString(),this.options.restJoystick){let e=this.options.restJoystick,s={x:e===!0||e.x!==!1?0:this.frontPosition.x,y:e===!0||e.y!==!1?0:this.frontPosition.y};this.setPosition(t,s)}clearTimeout(this.removeTimeout),this.removeTimeout=window.setTimeout((()=>{this.removeTimeout=void 0,this.ui.el.style.display=this.options.mode===Me?"none":"block",this.trigger("hidden",this),this.options.mode===Me&&(this.trigger("removed",this),this.destroy()),typeof t=="function"&&t.call(this)}),this.options.fadeTime)}}setTransition(t=!1,e){if(t){let s=U(It("transition","transform 100ms"),It("transform",`translate(${this.frontPosition.x}px, ${this.frontPosition.y}px)`));U(this.ui.front.style,s),clearTimeout(this.activeTimeout),this.activeTimeout=window.setTimeout((()=>{this.activeTimeout=void 0,typeof e=="function"&&e.call(this)}),100)}else U(this.ui.front.style,It("transition","none"))}setPosition(t,e){this.frontPosition={x:e.x,y:e.y},this.setTransition(!0),clearTimeout(this.restTimeout),this.restTimeout=window.setTimeout((()=>{this.restTimeout=void 0,typeof t=="function"&&t.call(this),this.setTransition(!1),this.trigger("rested",this)}),this.options.fadeTime)}resetDirection(){this.direction={}}computeDirectionAndTriggerEvents(t){let e=t.angle.radian,s={};return e>mt&&e<3*mt&&!t.lockX?s.angle="up":e>-mt&&e<=mt&&!t.lockY?s.angle="left":e>3*-mt&&e<=-mt&&!t.lockX?s.angle="down":t.lockY||(s.angle="right"),t.lockY||(s.x=e>-Zn&&e<Zn?"left":"right"),t.lockX||(s.y=e>0?"up":"down"),t.angle={radian:Bi(180-t.angle.degree),degree:180-t.angle.degree},this.triggerDirectionEvents(t,s),t}triggerDirectionEvents(t,e){if(t.force>this.options.threshold){let s={x:this.direction.x,y:this.direction.y,angle:this.direction.angle};this.direction=e,t.direction=e,s.x!==e.x&&this.trigger(`plain plain:${e.x}`,t),s.y!==e.y&&this.trigger(`plain plain:${e.y}`,t),s.angle!==e.angle&&this.trigger(`dir dir:${e.angle}`,t)}else this.resetDirection();this.trigger("move",t)}destroy(){this.clearTimeouts(),this.identifier=void 0,this.removeFromDom(),this.trigger("joystickDestroyed",this),this.off()}};rr.index=0;var ja=rr,ar=class lr extends qi{constructor(t,e){super("collection"),this.all=new Map,this.idles=new Set,this.actives=new Map,this.resting=new Map,this.parentIsFlex=!1,this.defaults={catchDistance:200,color:"white",dataOnly:!1,dynamicPage:!1,fadeTime:250,follow:!1,lockX:!1,lockY:!1,maxNumberOfJoysticks:10,mode:Me,multitouch:!1,position:{top:"0px",left:"0px"},restJoystick:!0,restOpacity:.5,shape:"circle",size:100,threshold:.1,zone:document.body},this.factory=t,this.uid=lr.index++,this.options={...this.defaults,...e},this.options.mode!==Di&&this.options.mode!==Se||(this.options.multitouch=!1),this.options.multitouch||(this.options.maxNumberOfJoysticks=1),(this.options.zone.parentElement&&getComputedStyle(this.options.zone.parentElement))?.display==="flex"&&(this.parentIsFlex=!0),getComputedStyle(this.options.zone).position==="static"&&this.warn('The zone element has no CSS "position" set (it is "static").',"Joysticks may not be positioned correctly.",'Set "position: relative" (or absolute/fixed) on the zone element.'),this.box=this.options.zone.getBoundingClientRect(),this.bindEvt(this.options.zone,"start",this.processOnStart),U(this.options.zone.style,{touchAction:"none",userSelect:"none",webkitUserSelect:"none"}),typeof ResizeObserver<"u"&&(this.resizeObserver=new ResizeObserver((()=>{this.reposition()})),this.resizeObserver.observe(this.options.zone))}init(){this.trigger("collectionCreated",this),this.options.mode===Di&&this.createJoystick(this.options.position).addToDom()}getJoystickByUid(t){return t===void 0?this.all.values().next().value:this.all.get(t)}bindJoystick(t){t.on("joystickDestroyed",(()=>{this.deleteJoystickFromLists(t)})),t.on("attached",(e=>{this.idles.delete(e.data.joystick.uid),this.actives.set(e.data.identifier,t)})),t.on("detached",(e=>{this.idles.add(e.data.joystick.uid),this.deleteIdentifierFromLists(e.data.identifier)})),t.on("end",(e=>{R(e.data.identifier)&&(this.actives.delete(e.data.identifier),this.resting.set(e.data.identifier,t)),this.idles.add(e.data.uid)})),t.on("start",(e=>{R(e.data.identifier)&&this.resting.delete(e.data.identifier)})),t.on("hidden",(e=>{R(e.data.identifier)&&this.resting.delete(e.data.identifier)})),t.on("pressure",(e=>{this.trigger(`pressure ${t.uid}:pressure`,e.data)})),t.on("attached detached",(e=>{let s=`${e.type} ${e.data.joystick.uid}:${e.type}`;this.trigger(s,e.data)})),t.on("added start shown hidden rested removed end joystickCreated joystickDestroyed",(e=>{let s=`${e.type} ${e.data.uid}:${e.type}`;this.trigger(s,e.data)})),t.on("move",(e=>{this.trigger(`move ${e.data.instance.uid}:move`,e.data)})),t.on("dir dir:up dir:right dir:down dir:left",(e=>{let s=`${e.type} ${e.data.instance.uid}:${e.type}`;this.trigger(s,e.data)})),t.on("plain plain:up plain:right plain:down plain:left",(e=>{let s=`${e.type} ${e.data.instance.uid}:${e.type}`;this.trigger(s,e.data)}))}deleteJoystickFromLists(t){this.deleteUidFromLists(t.uid),R(t.identifier)&&this.deleteIdentifierFromLists(t.identifier)}deleteUidFromLists(t){this.all.delete(t),this.idles.delete(t)}deleteIdentifierFromLists(t){this.actives.delete(t),this.resting.delete(t)}getOrCreate(t){if(this.options.mode===Se||this.options.mode===Di){let e=this.idles.values().next().value;if(R(e)){let s=this.all.get(e);if(s)return s;this.error(`Couldn't find the joystick ${e}. Creating a new one.`),this.deleteUidFromLists(e)}if(this.options.mode===Se)return this.createJoystick(t);this.warn("Couldn't find the expected joystick. Creating a new one.")}return this.createJoystick(t)}createJoystick(t){let e=this.factory.scroll,s=this.parentIsFlex?e.x:e.x+this.box.left,n=this.parentIsFlex?e.y:e.y+this.box.top,r,o;if(R(t.x)&&R(t.y))r={x:t.x-s,y:t.y-n},o={x:t.x,y:t.y};else{if(!(t.top||t.right||t.bottom||t.left))return void this.error("Invalid or missing position.",t);{let c=document.createElement("DIV");U(c.style,{visibility:"hidden",position:"absolute",top:t.top,right:t.right,bottom:t.bottom,left:t.left}),this.options.zone.appendChild(c);let p=c.getBoundingClientRect();this.options.zone.removeChild(c),r=t,o={x:p.left+e.x,y:p.top+e.y}}}let l=new ja(this,{color:this.options.color,size:this.options.size,threshold:this.options.threshold,fadeTime:this.options.fadeTime,dataOnly:this.options.dataOnly,restJoystick:this.options.restJoystick,restOpacity:this.options.restOpacity,mode:this.options.mode,position:o,zone:this.options.zone,frontPosition:{x:0,y:0},shape:this.options.shape});return this.all.has(l.uid)&&this.error(`Joystick with uid ${l.uid} already exists.`),this.options.dataOnly||(er(l.ui.el,r),er(l.ui.front,l.frontPosition)),this.all.set(l.uid,l),this.idles.add(l.uid),this.bindJoystick(l),l.init(),l}processOnStart(t,e=0){if(this.box=this.options.zone.getBoundingClientRect(),!this.actives.has(t.identifier)&&this.actives.size>=this.options.maxNumberOfJoysticks)return void this.warn("No more joysticks allowed.");let s=this.actives.get(t.identifier)||this.resting.get(t.identifier)||this.getOrCreate(t.position),n=()=>{s.start(t.raw),s.identifier=t.identifier,this.processOnMove(t,!0)};this.options.mode===Se?Ae(t.position,s.position)<=this.options.catchDistance?n():e<3?(s.destroy(),this.processOnStart(t,e+1)):this.error("Max semi-mode recursion depth reached."):n()}processOnMove(t,e=!1){let s=this.actives.get(t.identifier),n=this.factory.scroll;if(!s)return this.error(`Found zombie joystick onMove with identifier ${t.identifier}`),void this.deleteIdentifierFromLists(t.identifier);this.options.dynamicPage&&this.reposition();let r=s.options.size/2,o={x:t.position.x,y:t.position.y};this.options.lockX&&(o.y=s.position.y),this.options.lockY&&(o.x=s.position.x);let l=Ae(o,s.position),c=((A,y)=>{let C=y.x-A.x,D=y.y-A.y;return Ra(Math.atan2(D,C))})(o,s.position),p=Bi(c),f=l/r,u={distance:l,position:o},m,g;s.options.shape==="circle"?(m=Math.min(l,r),g=((A,y,C)=>{let D=Bi(C);return{x:A.x-y*Math.cos(D),y:A.y-y*Math.sin(D)}})(s.position,m,c)):(g=((A,y,C)=>({x:Math.min(Math.max(A.x,y.x-C),y.x+C),y:Math.min(Math.max(A.y,y.y-C),y.y+C)}))(o,s.position,r),m=Ae(g,s.position));let w={x:0,y:0};if(this.options.follow){if(l>r){let A=o.x-g.x,y=o.y-g.y;w={x:A,y:-y},s.position.x+=A,s.position.y+=y,U(s.ui.el.style,{top:s.position.y-(this.box.top+n.y)+"px",left:s.position.x-(this.box.left+n.x)+"px"}),l=Ae(o,s.position)}}else o=g,l=m;let k=o.x-s.position.x,P=o.y-s.position.y;s.frontPosition={x:k,y:P},this.options.dataOnly||(e&&s.setTransition(!0,(()=>{s.setTransition(!1)})),s.ui.front.style.transform=`translate(${k}px,${P}px)`);let z={position:o,force:f,pressure:t.pressure,distance:l,angle:{radian:p,degree:c},vector:{x:k/r,y:-P/r},raw:u,instance:s,lockX:this.options.lockX,lockY:this.options.lockY,baseDelta:w};s.computeDirectionAndTriggerEvents(z)}processOnEnd(t){let e=this.actives.get(t.identifier);if(!e)return this.error(`Found zombie joystick onEnd with identifier ${t.identifier}`),void this.deleteIdentifierFromLists(t.identifier);e.end()}reposition(){this.factory.scroll=Hi(),this.box=this.options.zone.getBoundingClientRect();let t=this.factory.scroll;this.all.forEach((e=>{if(e.options.dataOnly)return;let s=e.ui.el.getBoundingClientRect();e.position={x:t.x+s.left,y:t.y+s.top}}))}destroy(){this.resizeObserver&&(this.resizeObserver.disconnect(),this.resizeObserver=void 0),this.unbindEvt(this.options.zone,"start",this.processOnStart),this.all.forEach((t=>{t.destroy()})),this.all.clear(),this.idles.clear(),this.actives.clear(),this.resting.clear(),this.trigger("collectionDestroyed",this),this.off()}};ar.index=0;var Ia=ar,Ua=new class extends qi{constructor(){super("factory"),this.scroll=Hi(),this.binded=!1,this.joysticksByUid=new Map,this.joysticksByIdentifier=new Map,this.collections=new Set,this.resizeHandler=null,this.scrollHandler=null,this.repositionAll=()=>{this.collections.forEach((i=>{i.reposition()}))},this.refreshScroll=()=>{this.scroll=Hi()},this.bindResize(),this.bindScroll(),this.trigger("factoryCreated",this)}bindResize(){this.resizeHandler=()=>tr(this.repositionAll),Ce(window,"resize",this.resizeHandler)}bindScroll(){this.scrollHandler=()=>tr(this.refreshScroll),Ce(window,"scroll",this.scrollHandler)}getJoystickByUid(i){return this.joysticksByUid.get(i)}getJoystickByIdentifier(i){return this.joysticksByIdentifier.get(i)}create(i){let t=new Ia(this,i);return this.bindCollection(t),this.collections.add(t),t.init(),t}removeJoystickFromLists(i){this.joysticksByUid.delete(i.uid),R(i.identifier)&&this.joysticksByIdentifier.delete(i.identifier)}bindCollection(i){i.on("collectionDestroyed",(t=>{this.collections.delete(t.data),t.data.all.forEach((e=>{this.removeJoystickFromLists(e)})),this.unbindDocument()})),i.on("joystickDestroyed",(t=>{this.removeJoystickFromLists(t.data),this.unbindDocument()})),i.on("end",(t=>{R(t.data.identifier)&&this.joysticksByIdentifier.delete(t.data.identifier),this.unbindDocument()})),i.on("added",(t=>{this.joysticksByUid.set(t.data.uid,t.data),this.bindDocument()})),i.on("attached",(t=>{this.joysticksByIdentifier.set(t.data.identifier,t.data.joystick)})),i.on("pressure",(t=>{this.trigger(`pressure ${t.target.uid}:pressure`,t.data)})),i.on("collectionCreated collectionDestroyed",(t=>{let e=`${t.type} ${t.data.uid}:${t.type}`;this.trigger(e,t.data)})),i.on("attached detached",(t=>{let e=`${t.type} ${t.data.joystick.uid}:${t.type}`;this.trigger(e,t.data)})),i.on("added start shown hidden rested removed end joystickCreated joystickDestroyed",(t=>{let e=`${t.type} ${t.data.uid}:${t.type}`;this.trigger(e,t.data)})),i.on("move",(t=>{this.trigger(`move ${t.data.instance.uid}:move`,t.data)})),i.on("dir dir:up dir:right dir:down dir:left",(t=>{let e=`${t.type} ${t.data.instance.uid}:${t.type}`;this.trigger(e,t.data)})),i.on("plain plain:up plain:right plain:down plain:left",(t=>{let e=`${t.type} ${t.data.instance.uid}:${t.type}`;this.trigger(e,t.data)}))}cleanInactiveTouches(i){if(!("touches"in i.initial))return;let t=Array.from(i.initial.touches).map((s=>s.identifier));this.log("Cleaning inactive",t,Array.from(this.joysticksByIdentifier.keys()));let e=Array.from(this.joysticksByIdentifier.entries());for(let[s,n]of e)if(n.collection.options.mode===Me&&!t.includes(s)){if(!n)return void this.error(`No collection found for cleaning identifier ${s}`);this.log("\u{1F4A3} Cleaning",s);let r=i.raw;n.collection.processOnEnd(nr(i.initial,{identifier:s,pageX:r.pageX,pageY:r.pageY,clientX:r.clientX,clientY:r.clientY}))}}bindDocument(){this.binded||(this.log("bind dom"),this.bindEvt(document,"start",this.onstart),this.bindEvt(document,"move",this.onmove),this.bindEvt(document,"end",this.onend),this.bindEvt(document,"pressure",this.onpressure),this.binded=!0)}unbindDocument(i=!1){!this.binded||this.joysticksByUid.size&&i!==!0||(this.log((i?"force ":"")+"unbind dom"),this.unbindEvt(document,"start",this.onstart),this.unbindEvt(document,"move",this.onmove),this.unbindEvt(document,"end",this.onend),this.unbindEvt(document,"pressure",this.onpressure),this.binded=!1)}onstart(i){this.cleanInactiveTouches(i)}onmove(i){this.handleEventInCollection(i,(t=>{t.processOnMove(i)}))}onend(i){this.cleanInactiveTouches(i),this.handleEventInCollection(i,(t=>{t.processOnEnd(i)}))}onpressure(i){i.initial.preventDefault();let t=this.joysticksByIdentifier.get(i.identifier);t?t.pressure=i.pressure:this.error(`No joystick found for pressure event ${i.identifier}`)}handleEventInCollection(i,t){let e=this.joysticksByIdentifier.get(i.identifier);e&&t(e.collection)}destroy(){this.unbindDocument(!0),this.collections.forEach((i=>{i.destroy()})),this.resizeHandler&&(Oe(window,"resize",this.resizeHandler),this.resizeHandler=null),this.scrollHandler&&(Oe(window,"scroll",this.scrollHandler),this.scrollHandler=null),this.trigger("factoryDestroyed",this),this.off()}},cr=i=>Ua.create(i);var za=110,Fi=class extends b{constructor(){super(),this.stick=null,this.listeners=new AbortController}render(){return this.#e()?d`<div class="stick" aria-hidden="true"></div>`:h}updated(){let t=this.querySelector(".stick");t?this.stick||(this.stick=cr({zone:t,mode:"static",position:{left:"50%",top:"50%"},size:za,color:{front:"#f2f4f7",back:"#0c0f13a8"},restOpacity:1,fadeTime:0}),this.stick.on("move",({data:{vector:e}})=>this.player.controls?.steer(e.x,e.y)),this.stick.on("end",()=>this.player.controls?.steer(0,0))):this.#t()}connectedCallback(){super.connectedCallback(),this.listeners=new AbortController,this.updateComplete.then(()=>this.#i())}disconnectedCallback(){super.disconnectedCallback(),this.listeners.abort(),this.#t()}#t(){this.stick&&(this.stick.destroy(),this.stick=null,this.player.controls?.releaseAll("stick:"))}#e(){let{view:t,player:e}=this;return t.device!=="touch"||!S(t)||!e.controls?!1:zt(e.controls.bound)}#i(){let{stage:t}=this.player,{signal:e}=this.listeners,s=null;t.addEventListener("pointerdown",({pointerType:r,pointerId:o,clientX:l,clientY:c})=>{r==="touch"&&this.#s()&&(s={id:o,x:l,y:c})},{signal:e}),addEventListener("pointermove",({pointerId:r,clientX:o,clientY:l})=>{s?.id===r&&(this.player.controls?.look(2*(o-s.x),2*(l-s.y)),s={id:r,x:o,y:l})},{signal:e});let n=({pointerId:r})=>{s?.id===r&&(s=null)};addEventListener("pointerup",n,{signal:e}),addEventListener("pointercancel",n,{signal:e}),t.addEventListener("touchstart",r=>{this.#s()&&(r.preventDefault(),t.focus({preventScroll:!0}))},{signal:e,passive:!1})}#s(){let t=this.view.hello?.manifest.inputs??[];return S(this.view)&&t.some(({binding:e})=>e?.kind==="pointer")}};customElements.define("lucid-touch",Fi);var Wi=class extends b{render(){let{player:t,view:e}=this;return e.hello?d`
      <div class="toolbar" role="toolbar" aria-label=${a`Session`}>
        ${N(e)?this.#t():h}
        ${x("camera",a`Save a screenshot`,()=>t.takeaway.saveScreenshot(),{disabled:!e.pictured,id:"screenshot"})}
        ${N(e)?this.#e():h}
        <span class="rule"></span>
        ${e.muted===null?h:x(e.muted?"mute":"sound",e.muted?a`Unmute`:a`Mute`,()=>t.media.mute(!e.muted),{id:"sound"})}
        ${x("share",a`Share and watch`,()=>t.set({dialog:"share"}),{id:"share"})}
        ${x("figures",a`Figures`,()=>t.set({measuring:!e.measuring}),{pressed:e.measuring,id:"figures"})}
        ${x("settings",a`Settings`,()=>t.set({dialog:"settings"}),{id:"settings"})}
        ${x("help",a`Help (?)`,()=>t.set({dialog:"help"}),{id:"help"})}
        ${document.fullscreenEnabled?x(e.fullscreen?"reduce":"enlarge",e.fullscreen?a`Leave fullscreen`:a`Fullscreen`,()=>t.toggleFullscreen(),{id:"fullscreen"}):h}
      </div>`:h}#t(){let{player:t,view:e}=this,s=e.state==="paused",n=S(e)&&e.open;return d`
      ${x(s?"play":"pause",s?a`Resume`:a`Pause`,()=>t.togglePause(),{disabled:!n,id:"pause"})}
      ${x("step",a`One step`,()=>t.session?.step(),{disabled:!n||!s,id:"step"})}
      ${ue(e).length?h:x("reset",a`Reset the world`,()=>t.reset(),{disabled:!me(e),id:"reset"})}
      <span class="rule"></span>`}#e(){let{player:t,view:e}=this;return d`
      ${x(e.recording?"stop":"record",e.recording?a`Stop and save the recording`:a`Record`,()=>t.takeaway.toggleRecording(),{disabled:!e.pictured,pressed:e.recording!==null,id:"record"})}
      ${x("film",a`Filmstrip`,()=>t.set({film:!e.film}),{pressed:e.film,id:"film-toggle"})}
      ${x("log",a`Save the session`,()=>t.takeaway.saveSession(),{id:"save-session"})}`}};customElements.define("lucid-toolbar",Wi);var Da=["queued","loading","ready","running","paused"],Gi=class extends b{render(){let{player:t,view:e}=this,{kept:s,state:n}=e,r=q(e);return d`
      <section class="frame" aria-label=${a`Picture`} ?data-still=${this.#t}>
        <div id="stage" tabindex="0" role="group" aria-label=${a`The world. Focus it to play.`}
          data-scaling=${s.scaling} ?data-locked=${e.locked}>
          <canvas class="glow" width="32" height="18" aria-hidden="true"></canvas>
          <video id="main-video" autoplay muted playsinline></video>
          <canvas id="last-frame" aria-hidden="true" ?hidden=${e.lost_ms===null}></canvas>
          ${Kn(e)}
        </div>
        <header class="top">
          <span class="pill">
            <i class="dot"></i><h1 id="title">${e.hello?.manifest.model.name??"Lucid"}</h1>
            <span id="status" role="status">${pe(e)}</span>
          </span>
          <span class="spacer"></span>
          ${S(e)&&!N(e)&&e.hello?.may_play?d`<button type="button" id="join"
            class="primary small" @click=${()=>t.join()}>${a`Join the queue`}</button>`:h}
          ${n==="running"&&!this.#t?this.#e():h}
          <span class="more">
            ${e.turn_ends_ms!==null&&S(e)&&N(e)?d`
              <span class="pill" id="turn" role="timer"><span class="others">${a`Others wait.`}</span>
                ${a`Your turn ends in ${dr(Math.max(0,e.turn_ends_ms-performance.now()))}`}</span>`:h}
            ${e.recording?d`<span class="pill rec"><i class="dot"></i>${a`REC`}
              ${dr(performance.now()-e.recording.since_ms)}</span>`:h}
            ${e.capturing.length?d`<span class="pill rec" id="capturing"><i class="dot"></i>
              ${Na(e.capturing)}</span>`:h}
          </span>
          ${ge(e)?x("panel",r?a`Hide the panel`:a`Show the panel`,()=>t.togglePanel(),{pressed:r,id:"panel-toggle"}):h}
        </header>
        ${this.#i()}
        ${e.measuring?d`<lucid-figures .player=${t} .view=${e}></lucid-figures>`:h}
        ${e.film?d`<lucid-film .player=${t} .view=${e}></lucid-film>`:h}
        <div class="bottom">
          ${s.overlay&&N(e)?d`<lucid-overlay .player=${t} .view=${e}></lucid-overlay>`:h}
          ${N(e)?d`<lucid-touch .player=${t} .view=${e}></lucid-touch>`:h}
          ${ge(e)?h:ut(e)}
          <lucid-toolbar .player=${t} .view=${e}></lucid-toolbar>
        </div>
        ${Gn(e,t)}
        ${e.first&&e.hello?.role==="player"&&!e.film&&!e.measuring&&Da.includes(e.state)?d`<lucid-starts .player=${t} .view=${e}></lucid-starts>`:h}
      </section>`}firstUpdated(){let t=this.querySelector(".glow"),e=this.querySelector("video");this.timer=setInterval(()=>Ba(t,e),400)}disconnectedCallback(){super.disconnectedCallback(),clearInterval(this.timer)}updated(){let t=this.view.hello?.manifest.outputs.find(({kind:e})=>e==="video");t?.kind==="video"&&this.querySelector(".frame").style.setProperty("--ratio",`${t.width} / ${t.height}`)}keepFrame(){let{video:t}=this.player,e=this.querySelector("#last-frame");[e.width,e.height]=[t.videoWidth,t.videoHeight],t.videoWidth&&e.getContext("2d")?.drawImage(t,0,0)}get#t(){return Pt(this.view)!==null||dt(this.view)}#e(){let{figures:t}=this.view;if(!t)return h;let e=t.latency_ms===null?"":` \xB7 ${Math.round(t.latency_ms)} ms`;return d`<span class="pill brief">
      <span id="fps">${t.fps===null?"":`${Math.round(t.fps)} fps`}${e}</span>
    </span>`}#i(){let{view:t,player:e}=this,s=e.controls?.locks&&t.device!=="touch",n="";return this.#t?n="":t.state==="paused"?n=a`Paused`:t.state==="running"&&!t.pictured?n=a`Waiting for the first frame`:t.state==="running"&&s&&N(t)&&(t.locked?n=a`Press Esc to release the mouse`:t.tips&&(n=a`Click the picture to look around`)),d`<p id="hint" ?hidden=${!n} ?data-fades=${t.locked}>${n}</p>`}};function Na(i){return i.length>1?a`Camera and microphone on`:i[0]==="camera"?a`Camera on`:a`Microphone on`}function dr(i){let t=Math.floor(i/1e3);return`${Math.floor(t/60)}:${String(t%60).padStart(2,"0")}`}function Ba(i,t){if(document.hidden||!t.videoWidth)return;let e=i.getContext("2d");e.filter="blur(2px) saturate(1.4)",e.drawImage(t,-2,-2,i.width+4,i.height+4)}customElements.define("lucid-stage",Gi);function hr(i,t){i.within.addEventListener("keydown",e=>Ha(i,e),{signal:t}),i.within.addEventListener("paste",e=>{let{clipboardData:s}=e;Ai(i.renderRoot,s)&&e.preventDefault()},{signal:t}),i.addEventListener("dragover",e=>e.preventDefault(),{signal:t}),i.addEventListener("drop",e=>{e.preventDefault();let s=[...e.dataTransfer?.files??[]].find(({name:n})=>n.endsWith(".lucid"));s?i.takeaway.replay(s):Ai(i.renderRoot,e.dataTransfer)},{signal:t}),i.shadowRoot?.addEventListener("click",e=>qa(i,e),{signal:t})}function Ha(i,t){if(j(t))return;let e=Ht(et(t));t.code==="Escape"&&e&&!i.view.dialog&&i.stage.focus({preventScroll:!0}),t.key==="?"&&!e&&!i.view.dialog&&i.clean===null&&i.set({dialog:"help"})}function qa(i,t){let e=et(t),s=e instanceof Element&&!e.closest("dialog")&&e.closest("button, input[type=range], input[type=checkbox], input[type=file]");t.detail>0&&s&&i.stage.focus({preventScroll:!0})}var pr='.uplot, .uplot *, .uplot *::before, .uplot *::after {box-sizing: border-box;}.uplot {font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Noto Sans", sans-serif, "Apple Color Emoji", "Segoe UI Emoji", "Segoe UI Symbol", "Noto Color Emoji";line-height: 1.5;width: min-content;}.u-title {text-align: center;font-size: 18px;font-weight: bold;}.u-wrap {position: relative;user-select: none;}.u-over, .u-under {position: absolute;}.u-under {overflow: hidden;}.uplot canvas {display: block;position: relative;width: 100%;height: 100%;}.u-axis {position: absolute;}.u-legend {font-size: 14px;margin: auto;text-align: center;}.u-inline {display: block;}.u-inline * {display: inline-block;}.u-inline tr {margin-right: 16px;}.u-legend th {font-weight: 600;}.u-legend th > * {vertical-align: middle;display: inline-block;}.u-legend .u-marker {width: 1em;height: 1em;margin-right: 4px;background-clip: padding-box !important;}.u-inline.u-live th::after {content: ":";vertical-align: middle;}.u-inline:not(.u-live) .u-value {display: none;}.u-series > * {padding: 4px;}.u-series th {cursor: pointer;}.u-legend .u-off > * {opacity: 0.3;}.u-select {background: rgba(0,0,0,0.07);position: absolute;pointer-events: none;}.u-cursor-x, .u-cursor-y {position: absolute;left: 0;top: 0;pointer-events: none;will-change: transform;}.u-hz .u-cursor-x, .u-vt .u-cursor-y {height: 100%;border-right: 1px dashed #607D8B;}.u-hz .u-cursor-y, .u-vt .u-cursor-x {width: 100%;border-bottom: 1px dashed #607D8B;}.u-cursor-pt {position: absolute;top: 0;left: 0;border-radius: 50%;border: 0 solid;pointer-events: none;will-change: transform;/*this has to be !important since we set inline "background" shorthand */background-clip: padding-box !important;}.u-axis.u-off, .u-select.u-off, .u-cursor-x.u-off, .u-cursor-y.u-off, .u-cursor-pt.u-off {display: none;}';var ur=K`
  :host {
    color-scheme: dark light;
    --page: #0b0d10; --surface: #14171b; --raised: #1d2126; --line: #2a3037; --text: #eceef1;
    --muted: #9ba5b1; --accent: #a9c1ff; --on-accent: #0e1628; --good: #6fd39a; --warn: #f0c06a;
    --bad: #ff9089;
    --glass: #0c0f13c9; --radius: 14px;
    display: block; min-height: 320px; overflow: hidden; background: var(--page);
    color: var(--text);
    font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  }
  @media (prefers-color-scheme: light) {
    :host {
      --page: #f2f3f5; --surface: #fff; --raised: #eceef1; --line: #d3d8de; --text: #14171b;
      --muted: #56606b; --accent: #2f55c8; --on-accent: #fff; --good: #187a45; --warn: #8a5800;
      --bad: #b3261e;
    }
  }

  * { box-sizing: border-box; }
  [hidden] { display: none !important; }
  h1, h2, h3, p, pre, figure, dl, dd, ul, ol { margin: 0; padding: 0; font: inherit; }
  .muted { color: var(--muted); }
  .unseen {
    position: absolute; inset: 0; width: 100%; height: 100%; opacity: 0; cursor: pointer;
  }

  :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
  button, input, select, textarea { font: inherit; color: inherit; }
  button {
    display: inline-flex; align-items: center; justify-content: center; gap: 6px;
    min-height: 36px; padding: 5px 14px; border: 1px solid var(--line); border-radius: 10px;
    background: var(--raised); cursor: pointer; touch-action: manipulation;
  }
  button:hover:enabled { border-color: var(--muted); }
  button:active:enabled { translate: 0 1px; }
  :disabled { cursor: default; }
  button:disabled { opacity: .45; }
  .primary {
    border-color: transparent; background: var(--accent); color: var(--on-accent); font-weight: 600;
  }
  .small { min-height: 32px; padding: 3px 12px; font-size: 14px; }
  .link {
    min-height: 28px; padding: 2px 6px; border: 0; background: none; color: var(--muted);
    font-size: 13px; text-align: left; justify-content: start;
  }
  .link:hover:enabled { color: var(--text); }
  .icon {
    flex: none; width: 20px; height: 20px; fill: none; stroke: currentColor; stroke-width: 1.7;
    stroke-linecap: round; stroke-linejoin: round;
  }
  .link .icon, .small .icon { width: 16px; height: 16px; }
  .tool {
    flex: none; width: 40px; min-height: 40px; padding: 0; border: 0; border-radius: 11px;
    background: none;
  }
  .tool:hover:enabled { background: #8884; }
  .tool[data-on] { background: #8886; }
  [data-device=touch] .tool { width: 44px; }
  [data-device=touch] :is(button, select, textarea, input) { min-height: 44px; }
  [data-device=touch] button { min-width: 44px; }
  [data-device=touch] .own { min-height: 44px; }
  [data-device=touch] summary { padding: 11px 0; }
  kbd {
    display: inline-block; min-width: 24px; padding: 1px 7px; border: 1px solid var(--line);
    border-bottom-width: 2px; border-radius: 6px; background: var(--raised); color: var(--text);
    font: 600 12px/1.5 system-ui, sans-serif; text-align: center; white-space: nowrap;
  }
  .credit { color: var(--muted); font-size: 13px; overflow-wrap: anywhere; }
  .credit a { color: inherit; }
  code { font: 12px/1.5 ui-monospace, monospace; }
  table { border-collapse: collapse; width: 100%; }

  .player {
    position: relative; display: grid; height: 100%;
    grid-template: minmax(0, 1fr) auto / minmax(0, 1fr);
  }
  [data-room=wide][data-panel] { grid-template-columns: minmax(0, 1fr) 340px; }
  lucid-stage, lucid-panel { display: contents; }

  /* A phone upright: the picture, then the sheet or the figures, then the controls. */
  [data-room=tall] {
    grid-template: "stage" minmax(0, 1fr) "controls" auto "notices" auto / minmax(0, 1fr);
  }
  [data-room=tall]:is([data-panel], [data-measuring]) {
    grid-template:
      "stage" auto "sheet" minmax(0, 1fr) "controls" auto "notices" auto / minmax(0, 1fr);
  }
  @media (prefers-reduced-motion: reduce) {
    * { animation: none !important; transition: none !important; }
  }
`;var fr=K`
  #panel {
    position: relative; z-index: 1; display: grid; gap: 14px; align-content: start; min-width: 0;
    padding: 16px; overflow: auto; border-left: 1px solid var(--line); background: var(--page);
    scrollbar-width: thin;
  }
  .about { color: var(--muted); font-size: 14px; text-wrap: pretty; }
  .group {
    border: 1px solid var(--line); border-radius: var(--radius); background: var(--surface);
  }
  #start > header {
    display: flex; align-items: center; justify-content: space-between; gap: 8px;
    padding: 10px 10px 0 14px;
  }
  #start h2 { font-weight: 650; }
  #start > .chips { padding: 0 14px; }
  lucid-input, lucid-readout, lucid-prompt { display: block; }
  lucid-input + lucid-input, lucid-readout + lucid-readout { border-top: 1px solid var(--line); }
  .control, .readout { padding: 14px; }
  fieldset { display: grid; gap: 10px; min-width: 0; margin: 0; padding: 0; border: 0; }
  fieldset:disabled { opacity: .5; }
  fieldset:disabled button { opacity: 1; }
  legend { margin-bottom: 10px; padding: 0; font-weight: 600; font-size: 14px; }
  .field { display: grid; gap: 6px; min-width: 0; }
  .label {
    display: flex; justify-content: space-between; gap: 12px; font-weight: 600; font-size: 14px;
  }
  legend ~ .field > .label, legend ~ .beside .label { color: var(--muted); font-weight: 400; }
  .value { font-weight: 400; font-variant-numeric: tabular-nums; color: var(--muted); }
  textarea, select, [type=text], [type=number] {
    width: 100%; min-height: 38px; padding: 7px 10px; border: 1px solid var(--line);
    border-radius: 10px; background: var(--page);
  }
  textarea { display: block; resize: vertical; }
  ::placeholder { color: var(--muted); opacity: 1; }
  .json { font-family: ui-monospace, monospace; }
  :user-invalid { border-color: var(--bad); }
  [type=range] { width: 100%; height: 24px; margin: 0; accent-color: var(--accent); }
  [data-device=touch] .toggle { min-height: 44px; }
  [data-device=touch] [role=switch] { min-height: 0; }
  .toggle { display: flex; align-items: center; justify-content: space-between; cursor: pointer; }
  [role=switch] {
    appearance: none; flex: none; position: relative; width: 40px; height: 24px; margin: 0;
    border-radius: 12px; background: var(--line); cursor: inherit;
  }
  [role=switch]::after {
    content: ""; position: absolute; inset: 3px auto 3px 3px; width: 18px; border-radius: 50%;
    background: var(--muted); transition: translate .12s;
  }
  [role=switch]:checked { background: var(--accent); }
  [role=switch]:checked::after { background: var(--on-accent); translate: 16px; }
  .control { transition: box-shadow .3s; }
  .control[data-sent] { box-shadow: inset 3px 0 var(--accent); border-radius: 3px; }
  .control[data-sent]:has(.refusal) { box-shadow: inset 3px 0 var(--bad); }
  .control[data-busy] { cursor: progress; }

  .refusal { color: var(--bad); font-size: 14px; overflow-wrap: anywhere; }
  .beside { display: flex; align-items: end; gap: 8px; }
  .beside > .field { flex: 1; }
  .end { justify-content: end; margin-top: 8px; align-items: start; }
  .dice { border: 1px solid var(--line); background: var(--raised); }
  .chips { display: flex; flex-wrap: wrap; gap: 6px; margin-top: 10px; }
  .chip {
    min-height: 30px; padding: 2px 12px; border-radius: 99px; background: none; font-size: 13px;
    text-align: start;
  }
  .history { flex: 1; min-width: 0; font-size: 13px; color: var(--muted); }
  .history summary { padding: 5px 0; cursor: pointer; }
  .history ul { list-style: none; }
  .history .link { width: 100%; overflow-wrap: anywhere; color: var(--text); }

  lucid-capture { display: grid; gap: 8px; }
  lucid-capture .muted { font-size: 13px; }
  .seed { display: grid; gap: 8px; }
  .drop { position: relative; cursor: pointer; }
  .readout :is(img, video), .webcam {
    display: block; width: 100%; border-radius: 10px; background: #000;
  }
  .invitation img { flex: none; width: 56px; height: 42px; border-radius: 6px; object-fit: cover; }
  .invitation {
    display: flex; align-items: center; gap: 10px; min-height: 64px; padding: 10px 12px;
    border: 1px dashed var(--line); border-radius: 10px; color: var(--muted); font-size: 13px;
    overflow-wrap: anywhere;
  }
  .drop:hover .invitation, [data-over] .invitation { border-color: var(--accent); color: var(--text); }
  .drop:has(:focus-visible) .invitation { outline: 2px solid var(--accent); outline-offset: 2px; }
  .gallery { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 6px; }
  .gallery button {
    min-height: 0; padding: 0; overflow: hidden; border-radius: 8px; aspect-ratio: 4 / 3;
  }
  .gallery img { width: 100%; height: 100%; object-fit: cover; }
  .readout { display: grid; gap: 8px; }
  .readout h2 { font-weight: 600; font-size: 14px; }
  .readout .muted { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
  .values { display: grid; gap: 2px; }
  .values > div { display: flex; align-items: center; gap: 10px; min-height: 28px; padding: 0; }
  .values dt { flex: 0 1 auto; min-width: 72px; font-size: 13px; overflow-wrap: anywhere; }
  .values svg { flex: 1 1 60px; min-width: 40px; height: 24px; border-bottom: 1px solid var(--line); }
  .values polyline { fill: none; stroke: var(--accent); stroke-width: 1.5; stroke-linejoin: round; }
  .values dd {
    flex: 0 0 auto; min-width: 56px; max-width: 70%; margin-left: auto; text-align: right; font-size: 13px;
    white-space: pre-wrap; overflow-wrap: anywhere;
  }
  [data-room=tall] #panel { grid-area: sheet; border: 0; padding: 12px; }
  [data-room=low] #panel {
    position: absolute; inset: 56px 0 0 auto; z-index: 4; width: min(340px, 80%);
    border-top: 1px solid var(--line); border-top-left-radius: var(--radius);
  }
`;var mr=K`
  #veil {
    position: absolute; inset: 0; z-index: 1; display: grid; gap: 14px; align-content: safe center;
    justify-items: center; overflow: auto; padding: 64px 20px; background: #07090cdb;
    backdrop-filter: blur(6px); text-align: center;
  }
  #veil > :is(h2, p) { text-wrap: balance; }
  #veil h2 { font-size: 22px; font-weight: 650; letter-spacing: -.015em; }
  #veil > :is([role=alert], .log) { width: min(560px, 100%); }
  #veil-line { color: var(--muted); font-variant-numeric: tabular-nums; }
  #queue {
    position: absolute; inset: 64px 0 auto; z-index: 3; width: fit-content; max-width: calc(100% - 24px);
    margin: 0 auto; padding: 10px 18px; border-radius: var(--radius); background: #0c0f13d9;
    text-align: center; text-wrap: balance; pointer-events: none;
  }
  #queue h2 { font-weight: 650; }
  #queue p { font-size: 14px; }
  .spinner {
    width: 34px; height: 34px; border: 3px solid var(--line); border-top-color: var(--accent);
    border-radius: 50%; animation: turn 1s linear infinite;
  }
  @keyframes turn { to { rotate: 1turn; } }
  progress {
    appearance: none; width: min(420px, 100%); height: 5px; border: 0; border-radius: 3px;
    overflow: hidden; background: var(--line);
  }
  progress::-webkit-progress-bar { background: var(--line); }
  progress::-webkit-progress-value { background: var(--accent); transition: width .2s; }
  progress::-moz-progress-bar { background: var(--accent); }
  progress:not([value]) { background: var(--accent); animation: pulse 1.6s infinite; }
  progress:not([value])::-webkit-progress-bar { background: none; }
  .stages { width: min(420px, 100%); list-style: none; font-size: 14px; }
  .stages li {
    display: flex; justify-content: space-between; gap: 16px; padding: 4px 0; color: var(--muted);
    font-variant-numeric: tabular-nums;
  }
  .stages li::before { content: "✓"; flex: none; width: 14px; color: var(--good); }
  .stages span:first-of-type { flex: 1; text-align: left; }
  .stages [data-now] { color: var(--text); }
  .stages [data-now]::before { content: "›"; color: var(--accent); }

  lucid-starts { display: contents; }
  #starts {
    z-index: 3; display: flex; flex-direction: column; gap: 12px; width: min(740px, calc(100% - 24px));
    min-height: 0; margin: 60px auto 12px; padding: 16px; border-radius: 18px; background: #0c0f13e6;
    backdrop-filter: blur(12px);
  }
  #starts h2 { font-size: 18px; font-weight: 650; text-align: center; }
  #starts > .muted { text-align: center; font-size: 14px; }
  .frame:has(#starts) :is(#queue, #veil > *) { visibility: hidden; }
  #chosen button { pointer-events: auto; text-decoration: underline; }
  .tiles {
    display: grid; grid-template-columns: repeat(auto-fill, minmax(124px, 1fr)); gap: 8px;
    grid-auto-rows: max-content; min-height: 0; overflow: auto; padding: 3px; scrollbar-width: thin;
  }
  .tile {
    flex-direction: column; justify-content: start; gap: 0; min-height: 0; padding: 0; overflow: hidden;
    font-size: 13px;
  }
  .tile img { width: 100%; aspect-ratio: 16 / 9; object-fit: cover; }
  .tiles .chips:empty { display: none; }
  .tiles .chips { grid-column: 1 / -1; justify-content: center; margin: 0; }
  .tile span { padding: 4px 6px; }
  #starts .beside { justify-content: center; align-items: stretch; }
  .own {
    position: relative; display: inline-flex; align-items: center; gap: 6px; padding: 5px 14px;
    border: 1px solid var(--line); border-radius: 10px; background: var(--raised);
  }
  .own:focus-within { outline: 2px solid var(--accent); outline-offset: 2px; }

  lucid-film { display: contents; }
  #film {
    position: absolute; inset: auto 12px 92px; z-index: 3; display: grid; gap: 8px; padding: 10px;
    border-radius: var(--radius); background: #0c0f13e6; backdrop-filter: blur(12px);
  }
  #film .beside { align-items: center; flex-wrap: wrap; font-size: 14px; }
  #film .muted { flex: 1; min-width: 0; }
  .shots { display: flex; gap: 4px; overflow-x: auto; padding: 3px; scrollbar-width: thin; min-height: 76px; }
  .shots button { flex: none; height: 63px; min-height: 0; aspect-ratio: var(--ratio, 16 / 9); padding: 0; overflow: hidden; border-radius: 6px; }
  .shots img { width: 100%; height: 100%; object-fit: cover; }
  .shots [aria-pressed=true] { outline: 2px solid var(--accent); outline-offset: 1px; }
  .branches { display: flex; align-items: center; gap: 10px; min-width: 0; }
  .branches h3 { margin: 0; font-size: 13px; }
  .branches .shots { min-height: 0; }
  .branches .shots button { display: grid; width: 132px; height: auto; aspect-ratio: auto; font-size: 12px; }
  .branches .shots img { height: auto; aspect-ratio: var(--ratio, 16 / 9); }
  .branches .shots span { padding: 3px 6px; }
  .compare { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(280px, 100%), 1fr)); gap: 10px; }
  .compare img { display: block; width: 100%; border-radius: 8px; background: #000; }
  lucid-compare figcaption { margin-top: 4px; font-size: 14px; }
  lucid-compare input { flex: 1; min-width: 0; }
  dialog[data-dialog=compare] { width: min(1180px, calc(100vw - 24px)); }
  .saved { display: grid; grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); gap: 14px; list-style: none; }
  .saved :is(img, video) { display: block; width: 100%; aspect-ratio: 16 / 9; border-radius: 8px; object-fit: cover; background: #000; }
  .own + .muted { margin-top: 8px; }
  .saved span { flex: 1; font-size: 13px; overflow-wrap: anywhere; }

  .card {
    position: relative; padding: 12px 14px; border: 1px solid var(--line);
    border-left: 3px solid var(--bad); border-radius: 10px; background: var(--surface);
    color: var(--text); text-align: left; overflow-wrap: anywhere;
  }
  .card .message { padding-right: 30px; }
  .message::first-letter, .next::first-letter { text-transform: uppercase; }
  .card code { padding: 1px 4px; border-radius: 5px; background: var(--raised); }
  .card .next { margin-top: 4px; color: var(--muted); }
  .card .code { display: flex; align-items: center; gap: 8px; margin-top: 6px; color: var(--muted); }
  .report { height: 120px; margin-top: 8px; font: 12px/1.4 ui-monospace, monospace; }
  .log { padding: 8px 14px; }
  .log summary { cursor: pointer; }
  .log pre {
    display: flex; flex-direction: column-reverse; max-height: 34vh; margin: 8px 0; overflow: auto;
    font: 12px/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere;
  }
  lucid-notices { grid-column: 1 / -1; z-index: 4; min-width: 0; }
  #notices:has(.notice) { display: grid; gap: 1px; border-top: 1px solid var(--line); }
  .notice { position: relative; }
  .notice > .card { border: 0; border-left: 3px solid var(--bad); border-radius: 0; }
  .notice p.card { padding-right: 60px; }
  .notice > .tool { position: absolute; top: 2px; right: 4px; }
  .notice .count { position: absolute; right: 16px; bottom: 12px; color: var(--muted); font-size: 13px; }

  #figures-panel {
    z-index: 2; width: 282px; overflow: auto; padding: 8px 14px 12px; border-radius: var(--radius); background: #0c0f13d9;
    backdrop-filter: blur(12px); font-size: 13px; scrollbar-width: thin;
  }
  #figures-panel header { display: flex; align-items: center; justify-content: space-between; margin-right: -8px; }
  #figures-panel h2 { font-weight: 650; font-size: 14px; }
  dl div { display: flex; justify-content: space-between; gap: 10px; padding: 1.5px 0; }
  dt { color: var(--muted); }
  dd { font-variant-numeric: tabular-nums; white-space: nowrap; }
  .graphs { display: grid; gap: 6px; margin-top: 8px; }
  figcaption { display: flex; justify-content: space-between; color: var(--muted); font-size: 12px; }
  .graph { height: 48px; }

  dialog {
    width: min(620px, calc(100vw - 24px)); max-height: min(84vh, 760px); padding: 0;
    border: 1px solid var(--line); border-radius: 18px; background: var(--surface);
    color: var(--text); box-shadow: 0 24px 80px #0009; overflow: auto;
  }
  dialog::backdrop { background: #000a; backdrop-filter: blur(3px); }
  dialog > section { padding: 10px 20px 20px; }
  dialog header { display: flex; align-items: center; justify-content: space-between; margin-right: -10px; }
  dialog h2 { font-size: 18px; font-weight: 650; }
  dialog h3 { margin: 18px 0 6px; font-weight: 650; }
  dialog th { padding: 5px 12px 5px 0; text-align: start; font-weight: 400; vertical-align: top; }
  dialog td { padding: 5px 8px 5px 0; vertical-align: top; }
  dialog thead th { color: var(--muted); font-size: 13px; }
  dialog tbody tr { border-top: 1px solid var(--line); }
  .tips { margin-top: 14px; padding-left: 18px; color: var(--muted); font-size: 14px; }
  .tips li { padding: 2px 0; }
  .settings { display: grid; grid-template-columns: 1fr 1fr; gap: 12px 20px; margin-top: 6px; align-items: end; }
  .settings .field { font-size: 14px; }
  .settings .label { font-weight: 400; }
  .remap :is(th, td) { vertical-align: middle; }
  .remap td { display: flex; flex-wrap: wrap; gap: 6px; justify-content: end; }
  .cap { min-height: 32px; padding: 2px 6px; gap: 4px; border-radius: 9px; background: none; font-size: 13px; }
  .cap .icon { width: 13px; height: 13px; }
  .add { min-width: 34px; color: var(--muted); }
  .add[aria-pressed=true] { border-color: var(--accent); color: var(--accent); }
  .warning {
    display: flex; flex-wrap: wrap; align-items: center; gap: 8px; margin-bottom: 8px;
    padding: 8px 12px; border: 1px solid var(--warn); border-radius: 10px; font-size: 14px;
  }
  .warning p { flex: 1; min-width: 200px; }
  .tabs { display: flex; flex-wrap: wrap; gap: 6px; margin: 6px 0 12px; }
  .tabs [aria-pressed=true] { border-color: transparent; background: var(--accent); color: var(--on-accent); }
  .link-row { display: flex; gap: 8px; margin: 12px 0; }
  .link-row input { flex: 1; min-width: 0; font: 13px ui-monospace, monospace; }
  .qr { display: block; width: min(240px, 70%); margin: 0 auto; border-radius: 12px; background: #fff; }
  .qr path { fill: #000; }
  #until { margin-top: 12px; text-align: center; font-size: 14px; }
  dialog .next { margin-top: 12px; color: var(--muted); font-size: 14px; text-align: center; }

  dialog .next code { white-space: nowrap; }
  dialog .credit { margin-top: 14px; text-align: center; }

  [data-room=tall] lucid-notices { grid-area: notices; }
  [data-room=tall] lucid-figures { grid-area: sheet; z-index: 3; display: grid; min-height: 0; }
  [data-room=tall] #figures-panel {
    width: auto; border-radius: 0; background: #0c0f13;
  }
  [data-room=tall] #starts {
    grid-area: sheet; z-index: 6; width: auto; margin: 0; border-radius: 0; background: #0c0f13;
  }
  [data-room=low] #starts {
    position: absolute; inset: 56px 0 auto; z-index: 6; max-height: calc(100% - 64px); margin: 0 auto;
    padding: 10px 16px; gap: 8px;
  }
  [data-room=wide] {
    #starts, #figures-panel { position: relative; grid-area: 1 / 1; align-self: start; }
    #starts { max-height: calc(100% - 72px); }
    lucid-figures { display: contents; }
    #figures-panel { justify-self: end; max-height: calc(100% - 72px); margin: 60px 12px 12px; }
  }
  [data-room=wide] #film { position: relative; inset: auto; grid-area: 2 / 1; min-width: 0; border-radius: 0; }
  [data-room=tall] #film {
    grid-area: sheet; position: relative; inset: auto; z-index: 2; align-content: start; min-width: 0;
    min-height: 0; grid-template-rows: auto minmax(0, 1fr); border-radius: 0; background: #0c0f13;
    .beside { gap: 4px; }
    .small { padding-inline: 8px; }
    .beside .muted { order: 1; flex-basis: 100%; }
    > .shots { flex-wrap: wrap; align-content: start; overflow: auto; }
    > .shots button { width: calc((100% - 8px) / 3); height: auto; }
  }
  [data-room=low] #film { inset: 56px 0 auto; z-index: 4; }
  [data-room=low] {
    #figures-panel { position: absolute; inset: 56px 12px auto; z-index: 4; width: auto; max-height: calc(100% - 64px); }
    dl { columns: 3; column-gap: 28px; }
    .graphs, .notice:not(:last-child) { display: none; }
    dialog { max-height: calc(100% - 16px); }
    lucid-share { display: grid; grid-template-columns: minmax(0, 1fr) 210px; column-gap: 20px; align-items: start; }
    lucid-share > * { grid-column: 1; }
    .qr { grid-area: 1 / 2 / span 6; width: 100%; }
  }
  :is([data-room=tall], [data-room=low]) #veil { z-index: 5; padding: 56px 16px 16px; background: #07090c; }
  :is([data-room=tall], [data-room=low]) .settings { grid-template-columns: 1fr; }
`;var gr=K`
  .frame {
    --text: #f2f4f7; --muted: #b4bdc8; --line: #ffffff2e; --raised: #ffffff1c; --accent: #a9c1ff;
    --on-accent: #0e1628; --surface: #15181d; --bad: #ff9089; --warn: #f0c06a; --good: #6fd39a;
    position: relative; display: grid; min-width: 0; min-height: 0; overflow: hidden;
    background: #050608; color: var(--text);
  }
  #stage {
    position: absolute; inset: 0; overflow: hidden; user-select: none; -webkit-user-select: none;
    touch-action: manipulation;
  }
  #stage:focus-visible { outline-offset: -3px; }
  #stage > * { position: absolute; inset: 0; width: 100%; height: 100%; }
  .glow { opacity: .42; object-fit: cover; }
  #main-video, #last-frame { object-fit: contain; }
  [data-scaling=pixelated] #main-video { image-rendering: pixelated; }
  [data-state=running] #main-video { cursor: crosshair; }

  #still {
    display: grid; place-content: center; padding: 12px; background: #050608a8;
    pointer-events: none; animation: appear .3s;
  }
  @keyframes appear { from { opacity: 0; } }
  #still > div {
    display: flex; align-items: center; gap: 14px; padding: 12px 18px; font-size: 14px;
    border-radius: var(--radius); background: #0c0f13d9; font-variant-numeric: tabular-nums;
  }
  [data-state] [data-still] .dot { background: var(--warn); }
  #still b { display: block; text-wrap: balance; font-weight: 650; font-size: 15px; }
  #still .spinner { flex: none; width: 26px; height: 26px; }

  .top {
    position: absolute; inset: 0 0 auto; z-index: 2; display: flex; align-items: center; gap: 8px;
    padding: 12px; pointer-events: none;
  }
  .top > * { pointer-events: auto; }
  .spacer { flex: 1; }
  .pill, .top .tool {
    display: flex; align-items: center; gap: 8px; min-width: 0; height: 36px; padding: 0 14px;
    border-radius: 12px; background: var(--glass); backdrop-filter: blur(10px); font-size: 14px;
    font-variant-numeric: tabular-nums; white-space: nowrap;
  }
  .top .tool { justify-content: center; width: 40px; min-height: 36px; padding: 0; }
  .top .tool:hover:enabled { background: #23282ee6; }
  .top > :not(:first-child, .spacer) { flex: none; white-space: nowrap; }
  /* What belongs to a turn or a recording stands in a second line, unless the window is wide. */
  .more {
    position: absolute; inset: 56px 12px auto; display: flex; flex-wrap: wrap; justify-content: end;
    gap: 6px; pointer-events: none;
  }
  h1 {
    flex: 0 99999 auto; min-width: 2.5em; overflow: hidden; font-weight: 650; text-overflow: ellipsis;
    letter-spacing: -.01em;
  }
  #status { overflow: hidden; color: var(--muted); text-overflow: ellipsis; }
  .dot { flex: none; width: 8px; height: 8px; border-radius: 50%; background: var(--muted); }
  [data-state=running] .dot { background: var(--good); }
  :is([data-state=paused], [data-state=queued], [data-state=loading], [data-state=ready]) .dot {
    background: var(--warn);
  }
  :is([data-state=failed], [data-state=disconnected]) .dot { background: var(--bad); }
  .rec { color: var(--bad); font-weight: 650; font-size: 12px; letter-spacing: .06em; }
  .rec .dot { background: var(--bad); animation: pulse 1.4s infinite; }
  @keyframes pulse { 50% { opacity: .25; } }

  #hint {
    position: absolute; inset: 60px auto auto 50%; z-index: 2; translate: -50% 0;
    padding: 6px 16px; border-radius: 99px; background: var(--glass); backdrop-filter: blur(10px);
    font-size: 14px; pointer-events: none; white-space: nowrap;
  }
  #hint[data-fades] { animation: fade .6s 3s forwards; }
  @keyframes fade { to { opacity: 0; } }

  .bottom {
    position: absolute; inset: auto 0 0; z-index: 2; display: grid; gap: 10px; padding: 48px 14px 14px;
    background: linear-gradient(#0000, #000a); pointer-events: none;
    grid-template: auto / minmax(0, 1fr) auto; align-items: end;
  }
  .bottom > * > * { pointer-events: auto; }
  :is([data-state=failed], [data-state=ended]) .bottom { display: none !important; }
  lucid-toolbar { grid-column: 2; }
  .toolbar {
    display: flex; flex-wrap: wrap; justify-content: end; align-items: center; gap: 2px; padding: 4px;
    border-radius: var(--radius); background: var(--glass); backdrop-filter: blur(10px);
  }
  .rule { width: 1px; height: 20px; margin: 0 4px; background: var(--line); }
  #record[data-on] { background: #ff90892e; color: var(--bad); }

  #keys { display: flex; align-items: end; gap: 14px; min-width: 0; }
  .cross {
    display: grid; flex: none; gap: 5px;
    grid-template: ". up ." 42px "left down right" 42px / 42px 42px 42px;
  }
  .up { grid-area: up; } .down { grid-area: down; } .left { grid-area: left; } .right { grid-area: right; }
  .cross .key { width: 42px; min-height: 42px; padding: 0; justify-content: center; }
  .row { display: flex; flex-wrap: wrap; gap: 6px; min-width: 0; }
  .key {
    min-height: 36px; padding: 4px 12px 4px 6px; border-color: #ffffff26; border-radius: 11px;
    background: var(--glass); font-size: 13px; touch-action: none; user-select: none;
    -webkit-user-select: none;
  }
  .key kbd { border-color: #ffffff40; background: #ffffff14; }
  .cross kbd { min-width: 0; padding: 0; border: 0; background: none; font-size: 15px; }
  .key[data-held] { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
  .key[data-held] kbd { border-color: #0003; background: #0002; color: inherit; }
  .cross .key[data-held] kbd { background: none; }
  .key:disabled { opacity: 1; border-color: #ffffff14; color: #ffffff73; }
  .key:disabled kbd { border-color: #ffffff1f; color: inherit; }
  .motion {
    display: inline-flex; flex-wrap: wrap; align-items: center; gap: 2px 8px; min-height: 36px;
    padding: 0 6px; color: #e2e6eb; font-size: 13px;
  }
  .motion kbd { flex: none; border-color: #ffffff40; background: var(--glass); color: inherit; }
  .player:not([data-state=running], [data-state=paused]) .motion { color: var(--muted); }

  .stick { position: relative; width: 130px; height: 130px; touch-action: none; }
  .stick .back { box-shadow: inset 0 0 0 2px #ffffff80; }
  .stick .front { opacity: 1 !important; }
  [data-device=touch] .key { min-height: 44px; padding: 6px 14px; }

  [data-clean="1"] :is(.top, .bottom, #hint, .glow), [data-clean="1"] ~ * { display: none; }
  [data-clean="1"] :is(lucid-panel, lucid-notices) { display: none; }

  /* A window: the controls stand under the picture and never cover it. */
  [data-room=wide] {
    .frame { grid-template: minmax(0, 1fr) auto auto / minmax(0, 1fr); }
    #stage { position: relative; inset: auto; grid-area: 1 / 1; min-height: 0; }
    .bottom { position: relative; inset: auto; grid-area: 3 / 1; padding: 12px 14px; background: none; }
    .toolbar { background: none; }
  }
  [data-room=wide] lucid-touch { grid-row: 2; }
  [data-room=wide] :is(lucid-overlay, lucid-toolbar, .bottom > .credit:first-child) { grid-row: 3; }
  [data-room=wide] .bottom > .credit:first-child { align-self: center; }
  @media (min-width: 1181px) { [data-room=wide] .more { display: contents; } }
  @media (max-width: 1180px) {
    .frame:has(.more > *) #hint { top: 100px; }
    [data-room=wide] .bottom { display: flex; flex-flow: row-reverse wrap; justify-content: space-between; }
    [data-room=wide] lucid-toolbar { order: -1; }
    [data-room=wide] :is(lucid-overlay, .credit) { margin-inline-end: auto; }
  }

  :is([data-room=tall], [data-room=low]) {
    .top .tool { width: 44px; }
    .top :is(.tool, #join) { min-height: 44px; }
    .top:has(#join) .brief, #step:disabled, #save-session, .others, .rule { display: none; }
    .frame:has(#veil) #panel-toggle { display: none; }
  }
  [data-room=tall] {
    .frame { display: contents; }
    #stage { grid-area: stage; position: relative; inset: auto; min-height: 0; background: #050608; }
    .glow { opacity: .7; }
    .top { padding: 8px; gap: 6px; z-index: 6; color: #f2f4f7; }
    .pill { height: 32px; padding: 0 10px; font-size: 13px; }
    #hint { top: 48px; }
    .bottom {
      grid-area: controls; position: static; gap: 8px; background: #0b0d10; align-items: center;
      padding: 8px max(8px, env(safe-area-inset-right)) max(8px, env(safe-area-inset-bottom))
        max(8px, env(safe-area-inset-left));
      grid-template: auto / auto minmax(0, 1fr);
    }
    lucid-touch { grid-area: 1 / 1; }
    lucid-overlay { grid-area: 1 / 2; }
    lucid-toolbar { grid-area: 2 / 1 / auto / span 2; min-width: 0; }
    #keys { max-height: 152px; overflow: auto; align-items: end; }
    .toolbar {
      display: grid; grid-template-columns: repeat(auto-fit, minmax(56px, 1fr)); gap: 0; padding: 0;
      background: none;
    }
    .toolbar .tool { width: auto; min-height: 44px; }
  }
  [data-room=tall]:is([data-panel], [data-measuring]) #stage {
    aspect-ratio: var(--ratio, 16 / 9); max-height: 46vh; width: 100%;
  }
  [data-room=tall][data-device=touch] .row { justify-content: end; }

  [data-room=low] {
    .top { padding: 8px max(8px, env(safe-area-inset-right)) 8px max(8px, env(safe-area-inset-left)); }
    .top .pill { padding: 0 10px; font-size: 13px; }
    .top .pill:first-child { max-width: calc(50% - 214px); }
    .frame:has(#sound, #reset, #step:enabled) .pill:first-child { max-width: calc(50% - 280px); }
    #hint { top: 60px; }
    .bottom {
      inset: 0; padding: 8px max(12px, env(safe-area-inset-right)) max(44px, env(safe-area-inset-bottom))
        max(12px, env(safe-area-inset-left));
      background: none; grid-template: auto minmax(0, 1fr) / auto minmax(0, 1fr);
    }
    lucid-toolbar {
      grid-area: 1 / 1 / auto / span 2; justify-self: center; max-width: calc(100% - 108px);
    }
    @media (max-width: 843px) { .brief { display: none; } }
    lucid-touch { grid-area: 2 / 1; }
    lucid-overlay { grid-area: 2 / 2; }
    .toolbar { padding: 0 2px; gap: 0; }
    .toolbar .tool { flex: none; width: 44px; min-height: 44px; }
    .motion, .bottom > .credit { padding: 4px 12px; border-radius: 11px; background: var(--glass); }
    .bottom > .credit { grid-column: 1 / -1; justify-self: start; }
    .frame:has(#starts) :is(lucid-touch, lucid-overlay) { visibility: hidden; }
  }
  [data-room=low][data-device=touch] .row {
    justify-content: end; align-content: end; max-width: 300px; margin-inline-start: auto;
  }
`;var br=[Qe(pr),ur,gr,fr,mr];var Fa={"image/png":"png","image/gif":"gif","video/mp4":"mp4"},Pe=class{#t;constructor(t){this.#t=t}saveScreenshot(){return this.#i(async()=>this.#s(await vn(this.#t.video)))}savePicture(t){return this.#i(()=>this.#s(t))}saveClip(t){return this.#i(async e=>this.#s(await An(e,t)))}toggleRecording(){let t=this.#t;return this.#i(async e=>{let s=t.view.recording;if(!s)return t.set({recording:await wn(e,t.video,t.view.prompt)});t.set({recording:null});let{url:n,name:r,blob:o}=await s.stop();pt(o?URL.createObjectURL(o):n,r),o&&await ui(r,o)})}saveSession(){let{session:t,view:e}=this.#t;t&&pt(xn(t),`${Rt(t,e.prompt)}.lucid`)}replay(t){return this.#t.set({dialog:null}),this.#i(e=>$n(e,t))}rewind(t,e){return this.#t.set({went_back_ms:performance.now()}),this.#i(async s=>{let n=await kn(s,t,e);return n&&this.#e(n,t),n!==null})}startAnew(){return this.#i(async t=>this.#e(await _n(t),-1))}returnTo({number:t,frames:e,shots:s}){return this.#t.set({went_back_ms:performance.now()}),this.#i(async n=>this.#e(await Sn(n,t),e-1,s))}readBranches(){return this.#i(async t=>{let{film:e}=this.#t;e&&!e.branches.length&&(e.branches=(await En(t)).map(s=>({...s,shots:[]}))),this.#t.set({})})}#e(...t){this.#t.film?.goTo(...t),this.#t.set({})}async#i(t){let{session:e}=this.#t;try{if(e)return await t(e)}catch(s){this.#t.report(s)}}async#s(t){let{session:e,view:s}=this.#t;if(!e)return;let n=Fa[t.type]??"jpg",r=`${Rt(e,s.prompt)}.${n}`;pt(URL.createObjectURL(t),r),await ui(r,t)}};var Le=class{#t;#e=null;constructor(t){this.#t=t}watch(t){if(t===(this.#e?.key??null))return;this.stop();let{session:e,media:s,wireChosen:n}=this.#t;if(!t||!e)return;let r=new lt(e.server,{track:(o,l)=>s.attach(o,l)},{watch:t},n);this.#e={key:t,session:r}}stop(){this.#e&&(this.#e.session.close(),this.#e=null,this.#t.set({pictured:!1}))}};var Wa=8e3,yr=12,Ga=["connection.refused","session.token"],Yi=class extends V{static properties={src:{},watch:{},play:{},clean:{attribute:"view"},wire:{},view:{state:!0}};static styles=br;constructor(){super(),this.src=null,this.watch=null,this.play=null,this.clean=null,this.wire=null,this.view=pn(),this.session=null,this.controls=null,this.film=null,this.takeaway=new Pe(this),this.watching=new Le(this),this.media=new $e(t=>this.set({muted:t})),this.meter=null,this.alignment=null,this.readouts=new Map,this.early=null,this.lastError=null,this.timer=0,this.inputs=new Map}set(t){this.view={...this.view,...t}}connectedCallback(){super.connectedCallback(),this.listeners=new AbortController;let{signal:t}=this.listeners;document.addEventListener("fullscreenchange",()=>this.set({fullscreen:document.fullscreenElement===this}),{signal:t}),addEventListener("pagehide",()=>this.session?.close(),{signal:t}),addEventListener("pageshow",s=>s.persisted&&this.restart(),{signal:t}),hr(this,t);let e=new ResizeObserver(()=>this.#t());e.observe(this),t.addEventListener("abort",()=>e.disconnect()),this.#t(),ps().then(()=>this.set({})),this.session||this.updateComplete.then(()=>this.#e())}disconnectedCallback(){super.disconnectedCallback(),this.listeners?.abort(),this.controls?.close(),this.session?.close(),this.watching.stop(),this.meter?.close(),this.film?.close(),this.alignment?.close(),this.session=this.controls=this.meter=this.alignment=this.film=null}render(){let t=this.view;return d`
      <div class="player" data-state=${t.state} data-clean=${this.clean??"0"}
        data-device=${t.device} data-room=${t.room} ?data-panel=${q(t)}
        ?data-measuring=${t.measuring||t.film}>
        <lucid-stage .player=${this} .view=${t}></lucid-stage>
        <lucid-panel .player=${this} .view=${t}></lucid-panel>
        <lucid-notices .player=${this} .view=${t}></lucid-notices>
        <lucid-dialogs .player=${this} .view=${t}></lucid-dialogs>
      </div>`}updated(t){let e=t.get("view");e&&(this.setAttribute("data-state",this.view.state),e.state!==this.view.state&&this.dispatchEvent(new CustomEvent("lucid-state",{detail:this.view.state})))}get within(){return this.src===null?window:this}get stage(){return this.renderRoot.querySelector("#stage")}get video(){return this.renderRoot.querySelector("#main-video")}restart(){this.lastError=null,this.#l({state:"connecting",error:null,log:"",lost_ms:null}),this.session?this.session.restart():this.#e()}join(){this.watch=null,this.#l({state:"connecting"}),this.session?.restart({})}retryNow(){clearInterval(this.timer),this.set({state:"connecting",error:null}),this.session?.retryNow()}keep(t){let e={...this.view.kept,...t};this.set({kept:e}),this.controls&&(this.controls.feel=e),this.session?.setWire(this.wireChosen),this.early?Object.assign(this.early,t):this.view.hello&&Fe(this.view.hello.manifest.model.name,e)}get wireChosen(){return this.wire==="ws"||this.view.kept.tcp?"socket":"auto"}keepPrompt(t){this.set({prompt:t});let e=this.view.kept.prompts.filter(s=>s!==t);t.trim()&&this.keep({prompts:[t,...e].slice(0,yr)})}keepSeed(t){this.keep({seeds:[t,...this.view.kept.seeds].slice(0,yr)})}report(t,e){this.set({notices:yi(this.view.notices,bs(t),e??null)})}async reload(){let{session:t}=this;if(t)try{await As(t.server),this.restart()}catch(e){this.report(e)}}reset(){let t=fe(this.view);t?this.session?.accepts(t)&&this.session.sendInput("reset",{}):this.takeaway.startAnew()}togglePanel(){let t=!q(this.view);this.view.room==="wide"?this.keep({panel:t}):this.set({sheet:t})}togglePause(){this.session?.setPaused(this.view.state==="running")}async toggleFullscreen(){document.fullscreenElement?await document.exitFullscreen():await this.requestFullscreen().catch(t=>this.report(t))}#t(){let t=bn(this.clientWidth,this.clientHeight);t!==this.view.room&&this.set({room:t,sheet:null})}#e(){let t=new lt(new URL(this.src??".",document.baseURI),{hello:e=>this.#i(e),queue:({position:e,wait_s:s,watch_key:n})=>{this.set({state:"queued",position:e,wait_ends_ms:li(s)}),this.watching.watch(n)},sharing:e=>this.set({sharing:e}),turn:e=>this.set({turn_ends_ms:li(e)}),progress:e=>this.set({stages:un(this.view.stages,e,performance.now())}),state:e=>this.#s(e),error:e=>this.#n(e),track:(e,s)=>this.media.attach(e,s),json:(e,s)=>this.readouts.get(e)?.(s),bytes:(e,s)=>this.readouts.get(e)?.(s),receipt:e=>{this.meter?.receipt(e),this.film?.receipt(e)},gpu:e=>this.meter&&(this.meter.gpu=e),sent:(e,s)=>this.#r(e,s),channel:e=>this.#o(e),lost:(e,s)=>this.#a(e,s)},{watch:this.watch??"",play:this.play??""},this.wireChosen);this.session=t,this.media.add("main",this.video),this.video.addEventListener("loadeddata",()=>this.set({pictured:!0})),this.film=new se(this.video,()=>this.view.state==="running"&&this.view.pictured),this.meter=new ee(this.video,()=>t.statistics(),e=>this.set({figures:e,silent_ms:t.silent_ms,wire:t.wireInUse}))}async#i(t){if(clearInterval(this.timer),t.resumed&&this.controls){this.set({hello:t,error:null});return}let e=this.view.lost_ms!==null&&t.role==="player";this.controls?.close(),this.meter?.restart();let{inputs:s,outputs:n,model:r}=t.manifest,o=n.find(({kind:m})=>m==="video");o&&this.media.rename("main",o.name);let l=this.session;this.alignment?.close(),this.alignment=Ut.of(t,this.video,l),this.set({hello:t,notices:[],error:null,stages:[],lost_ms:null,turn_ends_ms:null}),e&&this.report(new $("session.unknown",a`the server no longer had your session, so this is a new one`)),this.controls=new Ft(s,l,this.stage,this.view.kept,{held:(m,g)=>this.set({held:{...this.view.held,[m]:g}}),device:m=>this.set({device:m}),locked:m=>this.set({locked:m,first:this.view.first&&!m})},this.within),this.early={};let c=await Cs(r.name),p=this.early??{};this.early=null;let f={...c,...p};Object.keys(p).length&&Fe(r.name,f),this.controls.feel=f;let u=matchMedia("(pointer: coarse)").matches?"touch":this.view.device;this.set({kept:f,device:u}),l.setWire(this.wireChosen),this.dispatchEvent(new CustomEvent("lucid-hello",{detail:t}))}#s(t){this.watching.stop();let e=t==="failed"||t==="ended",s=e?this.lastError:null,n=this.view.notices.filter(o=>!e||o.input===null&&o.error!==s);t==="running"&&(this.meter?.wait(),setTimeout(()=>this.set({tips:!1}),Wa));let r=e?null:this.view.recording;this.set({state:t,error:s,notices:n,recording:r}),ci(this),this.controls?.refresh(),t==="failed"&&this.session&&!Ga.includes(s?.code??"")&&Es(this.session.server).then(o=>this.set({log:o}))}#n(t){if(t.code==="input.paused")return;typeof t.seq!="number"&&(this.lastError=t);let e=this.inputs.get(t.seq??0)??null;this.set({notices:yi(this.view.notices,t,e)})}#r(t,e){$t(this.inputs,t,e),this.view.hello?.role==="player"&&this.meter?.sent(t),this.view.first&&this.set({first:!1});let s=this.view.notices.filter(({input:n})=>n!==e);s.length<this.view.notices.length&&this.set({notices:s})}#o(t){this.controls?.connected(t),this.set(t?{open:t,lost_ms:null}:{open:t}),ci(this)}#a(t,e){let s={code:"connection.lost",message:t||a`the server does not answer`,hint:a`if this continues, check that \`lucid serve\` is running and open the address it prints`};this.view.lost_ms===null&&this.renderRoot.querySelector("lucid-stage")?.keepFrame();let n=this.view.lost_ms??performance.now();this.#l({state:"disconnected",error:s,retry_s:e,lost_ms:n}),this.timer=setInterval(()=>this.set({retry_s:Math.max(0,this.view.retry_s-1)}),1e3)}#l(t){this.watching.stop(),clearInterval(this.timer),this.set({...t,open:!1,held:{},recording:null,stages:[]}),this.controls?.refresh()}},Ya=new URLSearchParams(location.search).getAll("lang"),Iu=await cs([...Ya,...navigator.languages]);customElements.define("lucid-player",Yi);export{Yi as LucidPlayer,Iu as language};
